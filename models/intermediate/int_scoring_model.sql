-- One row: the scaler and, side by side, the centroids of the segments in use.
with

segments as (
    select
        *,
        row_number() over (order by segment_id) as slot
    from {{ ref('int_segments') }}
    where segment_id <> {{ rule_segment().id }}
),

scalers as (
    select *
    from {{ ref('int_scalers') }}
),

pivoted as (
    select
        {%- for slot in segment_slots() %}
        max(case when slot = {{ slot }} then segment_id end) as slot_{{ slot }}_segment_id,
        {%- for feature in feature_names() %}
        max(case when slot = {{ slot }} then centroid_{{ feature }} end) as slot_{{ slot }}_{{ feature }},
        {%- endfor %}
        {%- endfor %}
        count(*) as segments
    from segments
),

int_scoring_model as (
    select
        scalers.*,
        pivoted.*
    from pivoted
    cross join scalers
)

select * from int_scoring_model

-- One row per model version that this refresh scores with: the scaler and, side by side, the
-- centroids.
with

versions as (
    select *
    from {{ ref('int_scoring_versions') }}
),

scalers as (
    select *
    from {{ ref('int_scalers') }}
),

centroids as (
    select
        centroids.*,
        row_number() over (
            partition by versions.model_version
            order by centroids.segment_id
        ) as slot
    from versions
    inner join {{ ref('int_segment_centroids') }} as centroids
        on
            versions.refresh_number = centroids.refresh_number
            and versions.segment_count = centroids.segment_count
),

pivoted as (
    select
        {%- for slot in segment_slots() %}
        max(case when slot = {{ slot }} then segment_id end) as slot_{{ slot }}_segment_id,
        {%- for feature in feature_names() %}
        max(case when slot = {{ slot }} then centroid_{{ feature }} end)
            as slot_{{ slot }}_{{ feature }},
        {%- endfor %}
        {%- endfor %}
        refresh_number
    from centroids
    group by refresh_number
),

int_scoring_model as (
    select
        versions.model_version,
        versions.is_in_use,
        {%- for feature in feature_names() %}
        scalers.center_{{ feature }},
        scalers.scale_{{ feature }},
        {%- endfor %}
        {%- for slot in segment_slots() %}
        {%- for feature in feature_names() %}
        pivoted.slot_{{ slot }}_{{ feature }},
        {%- endfor %}
        pivoted.slot_{{ slot }}_segment_id{% if not loop.last %},{% endif %}
        {%- endfor %}
    from versions
    inner join scalers
        on versions.refresh_number = scalers.refresh_number
    inner join pivoted
        on versions.refresh_number = pivoted.refresh_number
)

select * from int_scoring_model

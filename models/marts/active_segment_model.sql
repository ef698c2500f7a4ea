-- One row per score of the active model: of each segment, the expected spend and the purchase
-- probability.
with

scoring_model as (
    select *
    from {{ ref('int_scoring_model') }}
    where is_active
),

versions as (
    select *
    from {{ ref('int_known_versions') }}
    where is_active
),

segments as (
    select
        segment_id,
        segment_name
    from {{ ref('int_segments') }}
),

active_segment_model as (
    select
        'segment' as score,
        scoring_model.segment_id,
        segments.segment_name,
        scoring_model.bias,
        {%- for feature in feature_names() %}
        scoring_model.weight_{{ feature }},
        {%- endfor %}
        scoring_model.model_version
    from scoring_model
    inner join segments
        on scoring_model.segment_id = segments.segment_id
    {%- for score in ['expected_spend', 'purchase_probability'] %}
    union all
    select
        '{{ score }}' as score,
        cast(null as integer) as segment_id,
        {{ as_text('null') }} as segment_name,
        {{ score }}_bias as bias,
        {%- for feature in feature_names() %}
        {{ score }}_{{ feature }} as weight_{{ feature }},
        {%- endfor %}
        model_version
    from versions
    where {{ score }}_bias is not null
    {%- endfor %}
)

select * from active_segment_model

-- One row per prototype, from the seed or model that the variable segment_prototypes names.
with

prototypes as (
    select *
    from {{ model_or_seed('segment_prototypes') }}
),

stg_segment_prototypes as (
    select
        {{ as_text('prototype_id') }} as prototype_id,
        {{ as_text('segment_name') }} as segment_name,
        {%- for feature in feature_names() %}
        {%- set column = feature | replace('_days', '') ~ '_percentile' %}
        {{ as_double(column) }} as {{ column }},
        {%- endfor %}
        {{ as_text('suggested_action') }} as suggested_action
    from prototypes
)

select * from stg_segment_prototypes

-- One row per prototype, whichever seed or model they come from.
with

prototypes as (
    select *
    from {{ model_or_seed('segment_prototypes') }}
),

int_segment_prototypes as (
    select
        cast(prototype_id as string) as prototype_id,
        cast(segment_name as string) as segment_name,
        {%- for feature in feature_names() %}
        {%- set column = feature | replace('_days', '') ~ '_percentile' %}
        cast({{ column }} as double) as {{ column }},
        {%- endfor %}
        cast(suggested_action as string) as suggested_action
    from prototypes
)

select * from int_segment_prototypes

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
        {{ as_double('least_purchases') }} as least_purchases,
        {{ as_double('most_purchases') }} as most_purchases,
        {{ as_double('least_days_ago') }} as least_days_ago,
        {{ as_double('most_days_ago') }} as most_days_ago,
        {{ as_double('least_days_since_first') }} as least_days_since_first,
        {{ as_double('most_days_since_first') }} as most_days_since_first,
        {{ as_double('least_spend_ratio') }} as least_spend_ratio,
        {{ as_double('most_spend_ratio') }} as most_spend_ratio,
        {{ as_double('least_order_ratio') }} as least_order_ratio,
        {{ as_double('most_order_ratio') }} as most_order_ratio,
        {{ as_text('suggested_action') }} as suggested_action
    from prototypes
)

select * from stg_segment_prototypes

-- One row per model version scored with and customer with net spend: the nearest segment, and how
-- clear it is.
{%- set slots = segment_slots() %}
with

customers as (
    select
        customer_id,
        {{ feature_names() | join(',\n        ') }}
    from {{ ref('customer_features') }}
    where monetary > 0
),

scoring_model as (
    select *
    from {{ ref('int_scoring_model') }}
),

scaled as (
    select
        customers.customer_id,
        scoring_model.model_version,
        scoring_model.is_in_use,
        {%- for feature in feature_names() %}
        {%- set column = 'customers.' ~ feature %}
        {{ scaled_feature(column, 'scoring_model', feature) }} as scaled_{{ feature }},
        {%- endfor %}
        {%- for slot in slots %}
        scoring_model.slot_{{ slot }}_segment_id,
        {%- for feature in feature_names() %}
        scoring_model.slot_{{ slot }}_{{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from customers
    cross join scoring_model
),

distances as (
    select
        {%- for slot in slots %}
        {{ squared_distance('scaled_', 'slot_' ~ slot ~ '_') }} as distance_{{ slot }},
        {%- endfor %}
        *
    from scaled
),

nearest as (
    select
        *,
        least(
            {%- for slot in slots %}
            distance_{{ slot }}{% if not loop.last %},{% endif %}
            {%- endfor %}
        ) as nearest_distance
    from distances
),

int_customers_scored as (
    select
        model_version,
        is_in_use,
        customer_id,
        case
            {%- for slot in slots %}
            when distance_{{ slot }} = nearest_distance then slot_{{ slot }}_segment_id
            {%- endfor %}
        end as segment_id,
        sqrt(nearest_distance) as distance,
        sqrt(least(
            {%- for slot in slots %}
            -- Leave out the nearest: the first place that holds the least distance, as above.
            case
                when distance_{{ slot }} > nearest_distance
                    {%- for earlier in slots if earlier < slot %}
                    or distance_{{ earlier }} = nearest_distance
                    {%- endfor %}
                    then distance_{{ slot }}
            end{% if not loop.last %},{% endif %}
            {%- endfor %}
        )) as second_distance
    from nearest
)

select * from int_customers_scored

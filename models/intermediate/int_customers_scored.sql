-- One row per model version scored with and customer with net spend: the nearest segment, and how
-- clear it is.
{%- set slots = filled_slots() %}
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

{{ scoring_ctes('customers', slots) }},

int_customers_scored as (
    select
        scored_by as model_version,
        is_in_use,
        customer_id,
        {{ segment_of_slots('distance_', 'nearest_distance', slots) }} as segment_id,
        sqrt(nearest_distance) as distance,
        sqrt({{ second_of_slots('distance_', 'nearest_distance', slots) }}) as second_distance
    from nearest
)

select * from int_customers_scored

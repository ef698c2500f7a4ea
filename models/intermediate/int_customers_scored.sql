-- One row per model version scored with and customer with net spend: the nearest segment, and how
-- clear it is.
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

{{ scoring_ctes('customers') }},

int_customers_scored as (
    select
        scored_by as model_version,
        is_in_use,
        customer_id,
        {{ segment_of_slots('distance_', 'nearest_distance') }} as segment_id,
        sqrt(nearest_distance) as distance,
        sqrt({{ second_of_slots('distance_', 'nearest_distance') }}) as second_distance
    from nearest
)

select * from int_customers_scored

-- One row per customer with at least one purchase in the observation window: the six features.
with

seen as (
    select snapshot_date
    from {{ ref('int_snapshot') }}
),

totals as (
    select *
    from {{ ref('int_customer_totals') }}
),

int_customer_features as (
    {{ features_of_totals('totals', 'seen') }}
)

select * from int_customer_features

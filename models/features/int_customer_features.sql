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

features as (
    {{ features_of_totals('totals', 'seen') }}
),

int_customer_features as (
    select
        customer_id,
        cast(recency_days as integer) as recency_days,
        cast(frequency as integer) as frequency,
        monetary,
        cast(length_days as integer) as length_days,
        average_spend,
        cast(unique_products as integer) as unique_products,
        first_purchase_date,
        last_purchase_date,
        first_purchase_to_date,
        snapshot_date
    from features
)

select * from int_customer_features

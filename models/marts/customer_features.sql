-- One row per customer with at least one purchase in the observation window.
with

snapshot as (
    select snapshot_date
    from {{ ref('int_snapshot') }}
),

totals as (
    select *
    from {{ ref('int_customer_totals') }}
),

features as (
    {{ features_of_totals('totals', 'snapshot') }}
),

customer_features as (
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
        {{ tie_safe_score('recency_days', best='low') }} as recency_score,
        {{ tie_safe_score('frequency', best='high') }} as frequency_score,
        {{ tie_safe_score('monetary', best='high') }} as monetary_score,
        snapshot_date
    from features
)

select * from customer_features

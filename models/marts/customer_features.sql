-- One row per customer with at least one purchase in the observation window.
with

transactions as (
    select
        stg_transactions.transaction_id,
        coalesce(customer_merges.into_customer_id, stg_transactions.customer_id) as customer_id,
        stg_transactions.product_id,
        stg_transactions.purchased_on,
        stg_transactions.amount,
        stg_transactions.amount > 0 as is_purchase
    from {{ ref('stg_transactions') }} as stg_transactions
    left join {{ ref(var('customer_merges', 'customer_merges')) }} as customer_merges
        on stg_transactions.customer_id = customer_merges.from_customer_id
    where stg_transactions.rejection_reason is null
),

snapshot as (
    select
        snapshot_date,
        window_start
    from {{ ref('int_snapshot') }}
),

lines_in_window as (
    select
        transactions.customer_id,
        transactions.amount,
        snapshot.snapshot_date,
        -- Null for a return: no date and no count sees it.
        case when transactions.is_purchase then transactions.purchased_on end as purchase_date,
        case when transactions.is_purchase then transactions.transaction_id end as purchase_id,
        case when transactions.is_purchase then transactions.product_id end as purchased_product
    from transactions
    inner join snapshot
        on
            transactions.purchased_on >= snapshot.window_start
            and transactions.purchased_on < snapshot.snapshot_date
),

aggregated as (
    select
        customer_id,
        snapshot_date,
        min(purchase_date) as first_purchase_date,
        max(purchase_date) as last_purchase_date,
        count(distinct purchase_id) as frequency,
        cast(sum(amount) as decimal(28, 4)) as monetary,
        count(distinct purchased_product) as unique_products
    from lines_in_window
    group by customer_id, snapshot_date
),

features as (
    select
        customer_id,
        {{ days_between('last_purchase_date', 'snapshot_date') }} as recency_days,
        frequency,
        monetary,
        {{ days_between('first_purchase_date', 'last_purchase_date') }} as length_days,
        cast(cast(monetary as double) / frequency as decimal(28, 6)) as average_spend,
        unique_products,
        first_purchase_date,
        last_purchase_date,
        snapshot_date
    from aggregated
    -- Only returns in the window: nothing to group by.
    where frequency > 0
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

-- So many days after the last purchase, found in the lines themselves, comes the snapshot date.
with

last_purchases as (
    select
        coalesce(customer_merges.into_customer_id, stg_transactions.customer_id) as customer_id,
        max(stg_transactions.purchased_on) as last_purchase_date
    from {{ ref('stg_transactions') }} as stg_transactions
    inner join {{ ref('int_snapshot') }} as int_snapshot
        on stg_transactions.purchased_on < int_snapshot.snapshot_date
    left join {{ model_or_seed('customer_merges') }} as customer_merges
        on stg_transactions.customer_id = customer_merges.from_customer_id
    where stg_transactions.rejection_reason is null and stg_transactions.amount > 0
    group by coalesce(customer_merges.into_customer_id, stg_transactions.customer_id)
),

compared as (
    select
        customers.customer_id,
        customers.recency_days,
        customers.snapshot_date,
        last_purchases.last_purchase_date,
        {{ dbt.dateadd('day', 'recency_days', 'last_purchases.last_purchase_date') }}
            as so_many_days_later
    from {{ ref('customer_features') }} as customers
    left join last_purchases
        on customers.customer_id = last_purchases.customer_id
)

select * from compared
where last_purchase_date is null or cast(so_many_days_later as date) <> snapshot_date

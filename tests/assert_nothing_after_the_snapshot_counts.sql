-- No customer has more purchases, products or money than the purchases before the snapshot give.
with

purchases_before as (
    select
        coalesce(customer_merges.into_customer_id, stg_transactions.customer_id) as customer_id,
        count(distinct stg_transactions.transaction_id) as frequency,
        count(distinct stg_transactions.product_id) as unique_products,
        sum(stg_transactions.amount) as gross_spend
    from {{ ref('stg_transactions') }} as stg_transactions
    inner join {{ ref('int_snapshot') }} as int_snapshot
        on stg_transactions.purchased_on < int_snapshot.snapshot_date
    left join {{ model_or_seed('customer_merges') }} as customer_merges
        on stg_transactions.customer_id = customer_merges.from_customer_id
    where stg_transactions.rejection_reason is null and stg_transactions.amount > 0
    group by coalesce(customer_merges.into_customer_id, stg_transactions.customer_id)
)

select customers.customer_id
from {{ ref('customer_features') }} as customers
left join purchases_before
    on customers.customer_id = purchases_before.customer_id
where
    purchases_before.customer_id is null
    or customers.frequency > purchases_before.frequency
    or customers.unique_products > purchases_before.unique_products
    or customers.monetary > purchases_before.gross_spend

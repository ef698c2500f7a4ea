-- No customer has more purchases, products or money than the purchases before the snapshot give.
with

purchases as (
    select
        coalesce(customer_merges.into_customer_id, stg_transactions.customer_id) as customer_id,
        stg_transactions.transaction_id,
        stg_transactions.product_id,
        stg_transactions.amount,
        case when stg_transactions.purchased_on >= int_snapshot.snapshot_date then 1 else 0 end
            as is_later
    from {{ ref('stg_transactions') }} as stg_transactions
    cross join {{ ref('int_snapshot') }} as int_snapshot
    left join {{ model_or_seed('customer_merges') }} as customer_merges
        on stg_transactions.customer_id = customer_merges.from_customer_id
    where stg_transactions.rejection_reason is null and stg_transactions.amount > 0
),

-- Nobody else can have too much; by default nobody buys after the snapshot.
later_buyers as (
    select distinct customer_id
    from purchases
    where is_later = 1
),

purchases_before as (
    select
        customer_id,
        count(distinct transaction_id) as frequency,
        count(distinct product_id) as unique_products,
        sum(amount) as gross_spend
    from purchases
    where is_later = 0 and customer_id in (select later_buyers.customer_id from later_buyers)
    group by customer_id
)

select customers.customer_id
from {{ ref('customer_features') }} as customers
inner join later_buyers
    on customers.customer_id = later_buyers.customer_id
left join purchases_before
    on customers.customer_id = purchases_before.customer_id
where
    purchases_before.customer_id is null
    or customers.frequency > purchases_before.frequency
    or customers.unique_products > purchases_before.unique_products
    or customers.monetary > purchases_before.gross_spend

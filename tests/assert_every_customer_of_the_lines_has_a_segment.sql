-- The customers of the loaded lines before the snapshot date are those of customer_segments, and
-- all their money is there, to the cent.
with

transactions as (
    select
        coalesce(
            customer_merges.into_customer_id, transaction_lines.customer_id
        ) as customer_id,
        transaction_lines.amount
    from {{ ref('int_loaded_lines') }} as transaction_lines
    inner join {{ ref('int_snapshot') }} as seen
        on transaction_lines.purchased_on < seen.snapshot_date
    left join {{ ref('stg_customer_merges') }} as customer_merges
        on transaction_lines.customer_id = customer_merges.from_customer_id
),

customers as (
    select
        customer_id,
        sum(amount) as net_spend,
        max(case when amount > 0 then 1 else 0 end) as has_bought
    from transactions
    group by customer_id
)

select coalesce(customers.customer_id, segments.customer_id) as customer_id
from customers
full outer join {{ ref('customer_segments') }} as segments
    on customers.customer_id = segments.customer_id
where
    customers.net_spend is distinct from segments.net_spend_to_date
    or (customers.has_bought = 1) is distinct from (segments.transactions_to_date > 0)

-- The customers of the loaded lines before the snapshot date are those of customer_segments, and
-- all their money is there, to the cent. At a refit each customer is compared; at other refreshes
-- each one that was recomputed, and the sum over all.
with

refresh as (
    select
        snapshot_date,
        refit_reason
    from {{ ref('int_current_refresh') }}
),

checked as (
    select customers.customer_id
    from {{ ref('int_customer_totals') }} as customers
    inner join refresh
        on refresh.refit_reason is not null
    union distinct
    select changed_customers.customer_id
    from {{ ref('int_changed_customers') }} as changed_customers
),

transactions as (
    {{ lines_after_merges() }}
),

customers as (
    select
        transactions.customer_id,
        sum(transactions.amount) as net_spend,
        max(case when transactions.amount > 0 then 1 else 0 end) as has_bought
    from transactions
    inner join checked
        on transactions.customer_id = checked.customer_id
    inner join refresh
        on transactions.purchased_on < refresh.snapshot_date
    group by transactions.customer_id
),

segments as (
    select
        customer_segments.customer_id,
        customer_segments.net_spend_to_date,
        customer_segments.transactions_to_date
    from {{ ref('customer_segments') }} as customer_segments
    inner join checked
        on customer_segments.customer_id = checked.customer_id
),

lines_in_all as (
    select sum(transaction_lines.amount) as net_spend
    from {{ ref('int_loaded_lines') }} as transaction_lines
    inner join refresh
        on transaction_lines.purchased_on < refresh.snapshot_date
),

segments_in_all as (
    select sum(customer_segments.net_spend_to_date) as net_spend
    from {{ ref('customer_segments') }} as customer_segments
)

select coalesce(customers.customer_id, segments.customer_id) as customer_id
from customers
full outer join segments
    on customers.customer_id = segments.customer_id
where
    customers.net_spend is distinct from segments.net_spend_to_date
    or (customers.has_bought = 1) is distinct from (segments.transactions_to_date > 0)
union all
select 'all customers' as customer_id
from lines_in_all
cross join segments_in_all
where lines_in_all.net_spend is distinct from segments_in_all.net_spend

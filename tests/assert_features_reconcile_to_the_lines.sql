-- The spend of all customers, including those with only returns, is the sum of the window's lines.
with

lines_in_window as (
    select sum(transaction_lines.amount) as net_spend
    from {{ ref('int_loaded_lines') }} as transaction_lines
    inner join {{ ref('int_snapshot') }} as int_snapshot
        on
            transaction_lines.purchased_on >= int_snapshot.window_start
            and transaction_lines.purchased_on < int_snapshot.snapshot_date
),

only_returns as (
    select sum(monetary) as net_spend
    from {{ ref('int_customer_totals') }}
    where frequency = 0
),

customers as (
    select sum(monetary) as net_spend
    from {{ ref('customer_features') }}
)

select
    lines_in_window.net_spend as of_lines,
    only_returns.net_spend as of_only_returns,
    customers.net_spend as of_customers
from lines_in_window
cross join only_returns
cross join customers
where
    coalesce(lines_in_window.net_spend, 0)
    <> coalesce(customers.net_spend, 0) + coalesce(only_returns.net_spend, 0)

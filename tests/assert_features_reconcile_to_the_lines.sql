-- The customers' net spend and that of those who only returned is the sum of the window's lines.
with

lines_in_window as (
    select
        stg_transactions.customer_id,
        stg_transactions.amount
    from {{ ref('stg_transactions') }} as stg_transactions
    inner join {{ ref('int_snapshot') }} as int_snapshot
        on
            stg_transactions.purchased_on >= int_snapshot.window_start
            and stg_transactions.purchased_on < int_snapshot.snapshot_date
    where stg_transactions.rejection_reason is null
),

only_returns as (
    select sum(lines_in_window.amount) as net_spend
    from lines_in_window
    left join {{ model_or_seed('customer_merges') }} as customer_merges
        on lines_in_window.customer_id = customer_merges.from_customer_id
    group by coalesce(customer_merges.into_customer_id, lines_in_window.customer_id)
    having max(lines_in_window.amount) < 0
),

compared as (
    select
        (select coalesce(sum(amount), 0) from lines_in_window) as of_lines,
        (select coalesce(sum(net_spend), 0) from only_returns) as of_only_returns,
        (select coalesce(sum(monetary), 0) from {{ ref('customer_features') }}) as of_customers
)

select * from compared
where of_lines <> of_customers + of_only_returns

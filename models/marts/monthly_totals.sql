-- One row per calendar month with sales: the month of the snapshot date and the twelve before it.
{%- set months_compared = 12 %}
{#- The reporting currency is named first. -#}
{%- set currency = source_settings().currency_rates | first | default(none) %}
with

refresh as (
    select
        snapshot_date,
        cast(
            {{ dbt.date_trunc('month', months_before('snapshot_date', months_compared)) }} as date
        ) as first_date
    from {{ ref('int_current_refresh') }}
),

transactions as (
    {{ lines_after_merges() }}
),

sales as (
    select
        transaction_id,
        customer_id,
        purchased_on,
        amount
    from transactions
    union all
    -- Guests bought, too: a dashboard counts them. Other rejected lines have no day here.
    select
        transaction_id,
        null as customer_id,
        guest_purchased_on as purchased_on,
        guest_amount as amount
    from {{ ref('int_rejected_lines') }}
),

monthly_sales as (
    select
        sales.transaction_id,
        sales.customer_id,
        sales.amount,
        cast({{ dbt.date_trunc('month', 'sales.purchased_on') }} as date) as month_start
    from sales
    inner join refresh
        on
            sales.purchased_on >= refresh.first_date
            and sales.purchased_on < refresh.snapshot_date
),

monthly_totals as (
    select
        month_start,
        count(distinct case when amount > 0 then transaction_id end) as orders,
        count(distinct case when amount > 0 then customer_id end) as customers,
        cast(sum(amount) as decimal(28, 4)) as net_revenue,
        count(distinct case when customer_id is null and amount > 0 then transaction_id end)
            as guest_orders,
        cast(coalesce(sum(case when customer_id is null then amount end), 0) as decimal(28, 4))
            as guest_revenue,
        {{ as_text(text_literal(currency) if currency else 'null') }} as currency
    from monthly_sales
    group by month_start
)

select * from monthly_totals

-- One row per calendar month with sales: the month of the snapshot date and the twelve before it.
-- Only months whose lines have changed since the last completed refresh are counted.
{%- set months_compared = 12 %}
{#- The reporting currency is named first. -#}
{%- set currency = source_settings().currency_rates | first | default(none) %}
{%- set currency_text = as_text(text_literal(currency) if currency else 'null') %}
with

refresh as (
    select
        refresh_number,
        snapshot_date,
        customer_merges,
        refit_reason,
        cast(
            {{ dbt.date_trunc('month', months_before('snapshot_date', months_compared)) }} as date
        ) as first_date
    from {{ ref('int_current_refresh') }}
),

refreshes as (
    select
        refresh_number,
        snapshot_date,
        customer_merges
    from {{ ref('int_refreshes') }}
),

completed as (
    select max(refresh_number) as refresh_number
    from {{ ref('earlier_refreshes') }}
),

-- One that did not complete may have written the table since.
started as (
    select max(refreshes.refresh_number) as refresh_number
    from refreshes
    inner join refresh
        on refreshes.refresh_number < refresh.refresh_number
),

-- The refresh that counted the earlier rows, and the first month that its snapshot date, or this
-- one, cut short. None if customers are merged otherwise; a refit and --full-refresh count all.
counted as (
    select
        completed.refresh_number,
        cast({{ dbt.date_trunc(
            'month', 'least(refreshes.snapshot_date, refresh.snapshot_date)'
        ) }} as date) as first_open_month
    from refresh
    cross join completed
    inner join started
        on completed.refresh_number >= started.refresh_number
    inner join refreshes
        on
            completed.refresh_number = refreshes.refresh_number
            and refresh.customer_merges = refreshes.customer_merges
    where
        refresh.refit_reason is null
        and 1 = {{ 0 if flags.FULL_REFRESH else 1 }}
),

-- Not from sales: read twice, DuckDB would first write them down.
lines_by_day as (
    select
        purchased_on,
        refresh_number
    from {{ ref('int_loaded_lines') }}
    union all
    select
        guest_purchased_on as purchased_on,
        refresh_number
    from {{ ref('int_rejected_lines') }}
),

days as (
    select
        lines_by_day.purchased_on,
        cast({{ dbt.date_trunc('month', 'lines_by_day.purchased_on') }} as date) as month_start,
        count(*) as line_count,
        max(lines_by_day.refresh_number) as newest_refresh
    from lines_by_day
    inner join refresh
        on
            lines_by_day.purchased_on >= refresh.first_date
            and lines_by_day.purchased_on < refresh.snapshot_date
    group by lines_by_day.purchased_on
),

months as (
    select
        month_start,
        sum(line_count) as line_count,
        max(newest_refresh) as newest_refresh
    from days
    group by month_start
),

-- New lines have a new refresh number; without any, fewer lines are all that can have changed.
unchanged as (
    select earlier.*
    from {{ ref('earlier_monthly_transaction_totals') }} as earlier
    inner join months
        on
            earlier.month_start = months.month_start
            and earlier.line_count = months.line_count
    inner join counted
        on
            earlier.month_start < counted.first_open_month
            and months.newest_refresh <= counted.refresh_number
),

changed_days as (
    select
        days.purchased_on,
        days.month_start
    from days
    left join unchanged
        on days.month_start = unchanged.month_start
    where unchanged.month_start is null
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

monthly_transaction_totals as (
    select
        changed_days.month_start,
        count(*) as line_count,
        count(distinct case when sales.amount > 0 then sales.transaction_id end) as orders,
        count(distinct case when sales.amount > 0 then sales.customer_id end) as customers,
        cast(sum(sales.amount) as decimal(28, 4)) as net_revenue,
        count(distinct case
            when sales.customer_id is null and sales.amount > 0 then sales.transaction_id
        end) as guest_orders,
        cast(coalesce(
            sum(case when sales.customer_id is null then sales.amount end), 0
        ) as decimal(28, 4)) as guest_revenue,
        {{ currency_text }} as currency
    from sales
    inner join changed_days
        on sales.purchased_on = changed_days.purchased_on
    group by changed_days.month_start
    union all
    select
        month_start,
        line_count,
        orders,
        customers,
        net_revenue,
        guest_orders,
        guest_revenue,
        {{ currency_text }} as currency
    from unchanged
)

select * from monthly_transaction_totals

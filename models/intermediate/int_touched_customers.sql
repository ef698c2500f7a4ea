-- One row per customer whose totals may be others than int_customer_totals has them; none before it
-- has any.
with

lines as (
    select
        customer_id,
        purchased_on,
        refresh_number
    from {{ ref('int_transaction_lines') }}
),

removed_customers as (
    select
        customer_id,
        refresh_number
    from {{ ref('int_removed_customers') }}
),

customer_merges as (
    select
        from_customer_id,
        into_customer_id
    from {{ model_or_seed('customer_merges') }}
),

refresh as (
    select
        snapshot_date,
        window_start,
        customer_merges
    from {{ ref('int_current_refresh') }}
),

totals as (
    {{ earlier_rows('int_customer_totals', {
        'customer_id': 'string', 'refresh_number': 'bigint'
    }) }}
),

-- The refresh that counted last, and how it saw the lines.
counted as (
    select
        refreshes.refresh_number,
        refreshes.snapshot_date,
        refreshes.window_start,
        coalesce(refreshes.customer_merges = refresh.customer_merges, false) as is_merged_alike
    from {{ ref('int_refreshes') }} as refreshes
    cross join refresh
    where refreshes.refresh_number = (select max(totals.refresh_number) from totals)
),

-- New lines, and those over which an end of the observation window went.
of_lines as (
    select lines.customer_id
    from lines
    cross join refresh
    cross join counted
    where
        lines.refresh_number > counted.refresh_number
        or (lines.purchased_on >= refresh.window_start and lines.purchased_on < refresh.snapshot_date)
        <> (lines.purchased_on >= counted.window_start and lines.purchased_on < counted.snapshot_date)
        or not counted.is_merged_alike
),

touched as (
    select customer_id
    from of_lines
    union
    select removed_customers.customer_id
    from removed_customers
    inner join counted
        on removed_customers.refresh_number > counted.refresh_number
    union
    select totals.customer_id
    from totals
    inner join counted
        on not counted.is_merged_alike
),

int_touched_customers as (
    select distinct
        coalesce(customer_merges.into_customer_id, touched.customer_id) as customer_id
    from touched
    left join customer_merges
        on touched.customer_id = customer_merges.from_customer_id
    where touched.customer_id is not null
)

select * from int_touched_customers

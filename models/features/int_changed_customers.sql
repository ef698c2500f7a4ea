-- One row per customer whose totals must be recomputed; empty in the first refresh, which computes
-- everyone.
with

lines as (
    select
        customer_id,
        purchased_on,
        refresh_number
    from {{ ref('int_loaded_lines') }}
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
    from {{ ref('stg_customer_merges') }}
),

refresh as (
    select
        refresh_number,
        snapshot_date,
        window_start,
        customer_merges
    from {{ ref('int_current_refresh') }}
),

totals as (
    select
        customer_id,
        refresh_number,
        net_spend_to_date
    from {{ ref('earlier_customer_totals') }}
),

refreshes as (
    select
        refresh_number,
        snapshot_date,
        window_start,
        customer_merges
    from {{ ref('int_refreshes') }}
),

counted_last as (
    select max(refresh_number) as refresh_number
    from totals
    where net_spend_to_date is not null
),

-- The last refresh that computed totals, and how it read the lines. If it computed nobody, its
-- record is lost, or it is from before totals to date, all lines count as new.
counted as (
    select
        coalesce(refreshes.refresh_number, 0) as refresh_number,
        refreshes.snapshot_date,
        refreshes.window_start,
        coalesce(refreshes.customer_merges = refresh.customer_merges, false) as is_merged_alike
    from refresh
    cross join counted_last
    left join refreshes
        on counted_last.refresh_number = refreshes.refresh_number
    where refresh.refresh_number > (select min(earlier.refresh_number) from refreshes as earlier)
),

-- New lines, and lines that an end of the observation window crossed.
of_lines as (
    select lines.customer_id
    from lines
    cross join refresh
    cross join counted
    where
        lines.refresh_number > counted.refresh_number
        or (lines.purchased_on >= refresh.window_start)
        <> (lines.purchased_on >= counted.window_start)
        or (lines.purchased_on < refresh.snapshot_date)
        <> (lines.purchased_on < counted.snapshot_date)
        or not counted.is_merged_alike
),

changed as (
    select customer_id
    from of_lines
    union distinct
    select removed_customers.customer_id
    from removed_customers
    inner join counted
        on removed_customers.refresh_number > counted.refresh_number
),

int_changed_customers as (
    select coalesce(customer_merges.into_customer_id, changed.customer_id) as customer_id
    from changed
    left join customer_merges
        on changed.customer_id = customer_merges.from_customer_id
    where changed.customer_id is not null
    union distinct
    -- By the id they were counted under: an id that has since been merged loses its own totals.
    select totals.customer_id
    from totals
    inner join counted
        on not counted.is_merged_alike
)

select * from int_changed_customers

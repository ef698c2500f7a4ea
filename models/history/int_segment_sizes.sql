-- One row per refresh and segment with customers.
with

refresh as (
    select
        refresh_number,
        snapshot_date
    from {{ ref('int_current_refresh') }}
),

assigned as (
    select
        segment_id,
        monetary,
        expected_spend
    from {{ ref('int_customers_assigned') }}
),

int_segment_sizes as (
    select
        refresh.refresh_number,
        refresh.snapshot_date,
        assigned.segment_id,
        count(*) as customers,
        cast(coalesce(sum(assigned.monetary), 0) as decimal(28, 4)) as revenue,
        cast(sum(assigned.expected_spend) as decimal(28, 4)) as expected_spend
    from assigned
    cross join refresh
    group by refresh.refresh_number, refresh.snapshot_date, assigned.segment_id
)

select * from int_segment_sizes

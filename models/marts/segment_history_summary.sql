-- One row per snapshot date and segment that had customers or lost its last.
with

-- If a date was refreshed more than once, the latest refresh counts.
latest as (
    select
        snapshot_date,
        max(refresh_number) as refresh_number
    from {{ ref('int_valid_refreshes') }}
    group by snapshot_date
),

sizes as (
    select
        sizes.snapshot_date,
        sizes.segment_id,
        sizes.customers,
        sizes.revenue,
        sizes.expected_spend
    from {{ ref('int_segment_sizes') }} as sizes
    inner join latest
        on sizes.refresh_number = latest.refresh_number
),

segments as (
    select
        segment_id,
        segment_name
    from {{ ref('int_segments') }}
),

transitions as (
    select
        transitions.snapshot_date,
        transitions.from_segment_id,
        transitions.to_segment_id,
        transitions.customers
    from {{ ref('segment_transitions') }} as transitions
    -- Without the dates of refreshes that kept no sizes yet.
    where transitions.snapshot_date in (select sizes.snapshot_date from sizes)
),

counted as (
    select
        snapshot_date,
        segment_id,
        customers,
        revenue,
        expected_spend,
        0 as customers_in,
        0 as customers_out
    from sizes
    union all
    select
        snapshot_date,
        to_segment_id as segment_id,
        0 as customers,
        0 as revenue,
        null as expected_spend,
        customers as customers_in,
        0 as customers_out
    from transitions
    union all
    select
        snapshot_date,
        from_segment_id as segment_id,
        0 as customers,
        0 as revenue,
        null as expected_spend,
        0 as customers_in,
        customers as customers_out
    from transitions
),

segment_history_summary as (
    select
        counted.snapshot_date,
        counted.segment_id,
        segments.segment_name,
        cast(sum(counted.customers) as bigint) as customers,
        cast(sum(counted.revenue) as decimal(28, 4)) as revenue,
        cast(sum(counted.expected_spend) as decimal(28, 4)) as expected_spend,
        cast(sum(counted.customers_in) as bigint) as customers_in,
        cast(sum(counted.customers_out) as bigint) as customers_out
    from counted
    -- New customers come from no segment, and those who are gone go to none.
    inner join segments
        on counted.segment_id = segments.segment_id
    group by counted.snapshot_date, counted.segment_id, segments.segment_name
)

select * from segment_history_summary

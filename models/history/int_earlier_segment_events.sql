-- One row per snapshot date of earlier refreshes and customer whose segment changed on it.
with

completed as (
    select
        refresh_number,
        snapshot_date
    from {{ ref('earlier_refreshes') }}
),

events as (
    select
        refresh_number,
        snapshot_date,
        customer_id,
        segment_id,
        assigned_by,
        cause,
        revenue,
        expected_spend
    from {{ ref('earlier_segment_events') }}
),

-- A refresh writes events for its own snapshot date; a late one also rewrites the next date. Per
-- date, the latest refresh wins.
latest as (
    select
        snapshot_date,
        max(refresh_number) as refresh_number
    from (
        select
            snapshot_date,
            refresh_number
        from completed
        union all
        select
            snapshot_date,
            refresh_number
        from events
    ) as written
    group by snapshot_date
),

int_earlier_segment_events as (
    select events.*
    from events
    inner join latest
        on
            events.snapshot_date = latest.snapshot_date
            and events.refresh_number = latest.refresh_number
)

select * from int_earlier_segment_events

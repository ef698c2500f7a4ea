-- One row per refresh, segment left, segment entered and cause; the segment is null for new
-- customers and those whose lines are gone.
with

changes as (
    select *
    from {{ ref('int_segment_changes') }}
),

segments as (
    select
        segment_id,
        segment_name
    from {{ ref('int_segments') }}
),

counted as (
    select
        snapshot_date,
        from_segment_id,
        to_segment_id,
        cause,
        count(*) as customers,
        cast(sum(revenue) as decimal(28, 4)) as revenue,
        cast(sum(expected_spend) as decimal(28, 4)) as expected_spend
    from changes
    group by snapshot_date, from_segment_id, to_segment_id, cause
),

segment_transitions as (
    select
        counted.snapshot_date,
        counted.from_segment_id,
        from_segments.segment_name as from_segment_name,
        counted.to_segment_id,
        to_segments.segment_name as to_segment_name,
        counted.cause,
        counted.customers,
        counted.revenue,
        counted.expected_spend
    from counted
    left join segments as from_segments
        on counted.from_segment_id = from_segments.segment_id
    left join segments as to_segments
        on counted.to_segment_id = to_segments.segment_id
)

select * from segment_transitions

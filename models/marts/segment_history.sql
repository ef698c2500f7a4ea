-- One row per customer and period in a segment.
with

changes as (
    select *
    from {{ ref('int_segment_changes') }}
    where to_segment_id is not null
),

segments as (
    select
        segment_id,
        segment_name
    from {{ ref('int_segments') }}
),

segment_history as (
    select
        changes.customer_id,
        changes.to_segment_id as segment_id,
        segments.segment_name,
        changes.snapshot_date as valid_from,
        -- The snapshot date on which the customer had left the segment; null while it lasts.
        changes.next_change_date as valid_to,
        changes.cause,
        changes.from_segment_id as previous_segment_id
    from changes
    left join segments
        on changes.to_segment_id = segments.segment_id
)

select * from segment_history

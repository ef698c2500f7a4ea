-- One row per snapshot date and customer whose segment changed on it: the old and the new segment,
-- null where the customer was not known.
with

refresh as (
    select *
    from {{ ref('int_current_refresh') }}
),

-- Those of this refresh, and of earlier ones that it did not write again.
events as (
    select
        written.customer_id,
        written.snapshot_date,
        written.segment_id,
        written.cause,
        written.revenue,
        written.expected_spend
    from {{ ref('int_segment_events') }} as written
    inner join refresh
        on written.refresh_number = refresh.refresh_number
    union all
    select
        earlier.customer_id,
        earlier.snapshot_date,
        earlier.segment_id,
        earlier.cause,
        earlier.revenue,
        earlier.expected_spend
    from {{ ref('int_earlier_segment_events') }} as earlier
    cross join refresh
    where
        earlier.snapshot_date <> refresh.snapshot_date
        and coalesce(earlier.snapshot_date <> refresh.next_snapshot_date, true)
),

ordered as (
    select
        *,
        lag(segment_id) over (partition by customer_id order by snapshot_date) as from_segment_id
    from events
),

int_segment_changes as (
    select
        customer_id,
        snapshot_date,
        from_segment_id,
        segment_id as to_segment_id,
        cause,
        revenue,
        expected_spend,
        lead(snapshot_date) over (
            partition by customer_id
            order by snapshot_date
        ) as next_change_date
    from ordered
    where from_segment_id is distinct from segment_id
)

select * from int_segment_changes

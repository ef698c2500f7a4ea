-- One row per snapshot date of earlier refreshes and customer whose segment changed at it.
{%- set event_columns = {
    'refresh_number': 'bigint', 'snapshot_date': 'date', 'customer_id': 'string',
    'segment_id': 'integer', 'assigned_by': 'string', 'cause': 'string',
    'revenue': 'decimal(28, 4)'
} %}
with

completed as (
    {{ earlier_rows('completed_refreshes', {
        'refresh_number': 'bigint', 'snapshot_date': 'date'
    }) }}
),

events as (
    {{ completed_rows('int_segment_events', event_columns) }}
),

-- A refresh speaks for its snapshot date, and for the next one when it came late: the last to
-- speak counts.
speakers as (
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
    ) as spoken
    group by snapshot_date
),

int_earlier_segment_events as (
    select events.*
    from events
    inner join speakers
        on
            events.snapshot_date = speakers.snapshot_date
            and events.refresh_number = speakers.refresh_number
)

select * from int_earlier_segment_events

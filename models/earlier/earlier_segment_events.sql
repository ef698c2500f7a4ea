-- One row per completed refresh, snapshot date it wrote events for and customer.
{%- set columns = {
    'refresh_number': 'bigint',
    'snapshot_date': 'date',
    'customer_id': 'string',
    'segment_id': 'integer',
    'assigned_by': 'string',
    'cause': 'string',
    'revenue': 'decimal(28, 4)',
    'expected_spend': 'decimal(28, 4)',
} %}
with

earlier_segment_events as (
    {{ completed_rows('int_segment_events', columns) }}
)

select * from earlier_segment_events

-- One row per customer recorded as having lost lines, and refresh.
{%- set columns = {
    'customer_id': 'string',
    'refresh_number': 'bigint',
} %}
with

earlier_removed_customers as (
    {{ earlier_rows('int_removed_customers', columns) }}
)

select * from earlier_removed_customers

-- One row per customer with totals.
{%- set columns = {
    'customer_id': 'string',
    'refresh_number': 'bigint',
} %}
with

earlier_customer_totals as (
    {{ earlier_rows('int_customer_totals', columns) }}
)

select * from earlier_customer_totals

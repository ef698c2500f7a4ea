-- One row per customer with totals.
{%- set columns = {
    'customer_id': 'string',
    'refresh_number': 'bigint',
    'net_spend_to_date': 'decimal(28, 4)',
} %}
with

earlier_customer_totals as (
    {{ earlier_rows('int_customer_totals', columns) }}
)

select * from earlier_customer_totals

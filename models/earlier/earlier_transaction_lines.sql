-- One row per line that was loaded before this build.
{%- set columns = {
    'part_key': 'bigint',
    'customer_id': 'string',
} %}
with

earlier_transaction_lines as (
    {{ earlier_rows('int_transaction_lines', columns) }}
)

select * from earlier_transaction_lines

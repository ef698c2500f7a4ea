-- One row per line that was loaded before this build.
{%- set columns = {
    'fingerprint': 'bigint',
    'customer_id': 'string',
} %}
with

earlier_loaded_lines as (
    {{ earlier_rows('int_loaded_lines', columns) }}
)

select * from earlier_loaded_lines

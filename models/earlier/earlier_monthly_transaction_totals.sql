-- One row per calendar month that was counted before this build.
{%- set columns = {
    'month_start': 'date',
    'line_count': 'bigint',
    'orders': 'bigint',
    'customers': 'bigint',
    'net_revenue': 'decimal(28, 4)',
    'guest_orders': 'bigint',
    'guest_revenue': 'decimal(28, 4)',
} %}
with

earlier_monthly_transaction_totals as (
    {{ earlier_rows('monthly_transaction_totals', columns) }}
)

select * from earlier_monthly_transaction_totals

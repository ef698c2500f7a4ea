-- One row per loaded line, kept from refresh to refresh: only new and changed source partitions
-- are read.
with

{{ unread_ctes('rejection_reason is null') }},

int_transaction_lines as (
    select
        lines.transaction_id,
        lines.customer_id,
        lines.product_id,
        lines.purchased_on,
        lines.amount,
        source_parts.part_key,
        next_refresh.refresh_number
    from lines
    inner join source_parts
        on lines.part = source_parts.part
    cross join {{ ref('next_refresh') }} as next_refresh
)

select * from int_transaction_lines
-- Customers are recorded before their lines are deleted.
-- depends_on: {{ ref('int_removed_customers') }}

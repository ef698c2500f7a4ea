-- One row per loaded line, kept from refresh to refresh: only new and changed source partitions
-- are read.
with

{{ unread_ctes('rejection_reason is null') }},

int_loaded_lines as (
    select
        lines.transaction_id,
        lines.customer_id,
        lines.product_id,
        lines.purchased_on,
        lines.amount,
        lines.unmapped_sign,
        source_partitions.fingerprint,
        next_refresh.refresh_number
    from lines
    inner join source_partitions
        on lines.source_partition = source_partitions.source_partition
    cross join {{ ref('next_refresh') }} as next_refresh
)

select * from int_loaded_lines
-- Customers are recorded before their lines are deleted.
-- depends_on: {{ ref('int_removed_customers') }}

-- One row per rejected source line, kept from refresh to refresh, plus one row without a reason
-- per partition, which records that it was read.
with

{{ unread_ctes('rejection_reason is not null') }},

-- Not next_refresh, which depends on whether int_refreshes has run yet.
refresh as (
    select refresh_number
    from {{ ref('int_current_refresh') }}
),

lines_read_alike as (
    select reading_key
    from {{ ref('stg_transactions') }}
    where reading_key = '{{ reading_key() }}'
),

-- No lines if the view was left out of a partial build and still has earlier settings.
read_partitions as (
    select source_partitions.*
    from source_partitions
    where exists (select 1 from lines_read_alike)
),

int_rejected_lines as (
    select
        lines.transaction_id,
        lines.customer_id,
        lines.product_id,
        lines.rejected_purchased_at as purchased_at,
        lines.rejected_amount as amount,
        lines.rejected_currency as currency,
        lines.rejected_source_file as source_file,
        lines.is_first_line,
        lines.rejected_is_return as is_return,
        case when lines.rejection_reason in {{ guest_reasons() }} then lines.purchased_on end
            as guest_purchased_on,
        case when lines.rejection_reason in {{ guest_reasons() }} then lines.amount end
            as guest_amount,
        lines.rejection_reason,
        read_partitions.fingerprint,
        refresh.refresh_number
    from lines
    inner join read_partitions
        on lines.source_partition = read_partitions.source_partition
    cross join refresh
    union all
    select
        {%- for column in [
            'transaction_id', 'customer_id', 'product_id', 'purchased_at', 'amount', 'currency',
            'source_file'
        ] %}
        {{ as_text('null') }} as {{ column }},
        {%- endfor %}
        cast(null as boolean) as is_first_line,
        cast(null as boolean) as is_return,
        cast(null as date) as guest_purchased_on,
        cast(null as decimal(18, 4)) as guest_amount,
        {{ as_text('null') }} as rejection_reason,
        read_partitions.fingerprint,
        refresh.refresh_number
    from read_partitions
    cross join refresh
)

select * from int_rejected_lines

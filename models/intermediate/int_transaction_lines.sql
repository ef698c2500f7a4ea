-- One row per line of the source that can be used, kept from refresh to refresh: only parts of the
-- source that are new or another are read.
with

lines as (
    select *
    from {{ ref('stg_transactions') }}
    where
        rejection_reason is null
        and {{ of_parts('part', unread_parts()) }}
        -- Where the view was left out of a partial build, it may be one of earlier settings.
        and reading_key = '{{ reading_key() }}'
),

source_parts as (
    select
        part,
        part_key
    from {{ ref('int_source_parts') }}
    {%- if is_incremental() %}
    where part_key not in (select kept.part_key from {{ this }} as kept)
    {%- endif %}
),

int_transaction_lines as (
    select
        lines.transaction_id,
        lines.customer_id,
        lines.product_id,
        lines.purchased_on,
        lines.amount,
        source_parts.part_key,
        cast({{ next_refresh_number() }} as bigint) as refresh_number
    from lines
    inner join source_parts
        on lines.part = source_parts.part
)

select * from int_transaction_lines
-- Its customers are noted before their lines go.
-- depends_on: {{ ref('int_removed_customers') }}

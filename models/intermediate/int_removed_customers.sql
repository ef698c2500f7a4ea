-- One row per customer of whom lines are about to go from int_transaction_lines and whose totals
-- have not been counted anew since.
with

kept as (
    {{ earlier_rows('int_transaction_lines', {'part_key': 'bigint', 'customer_id': 'string'}) }}
),

noted as (
    {{ earlier_rows('int_removed_customers', {
        'customer_id': 'string', 'refresh_number': 'bigint'
    }) }}
),

counted as (
    select coalesce(max(refresh_number), 0) as refresh_number
    from (
        {{ earlier_rows('int_customer_totals', {'refresh_number': 'bigint'}) }}
    ) as totals
),

int_removed_customers as (
    -- Of a build that did not get as far as counting.
    select
        noted.customer_id,
        noted.refresh_number
    from noted
    inner join counted
        on noted.refresh_number > counted.refresh_number
    union distinct
    select
        kept.customer_id,
        cast({{ next_refresh_number() }} as bigint) as refresh_number
    from kept
    left join {{ ref('int_source_parts') }} as source_parts
        on kept.part_key = source_parts.part_key
    where source_parts.part_key is null
)

select * from int_removed_customers

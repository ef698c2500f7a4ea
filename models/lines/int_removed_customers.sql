-- One row per customer whose lines are about to be deleted from int_transaction_lines, or whose
-- totals have not been recomputed since an earlier deletion.
with

kept as (
    select
        part_key,
        customer_id
    from {{ ref('earlier_transaction_lines') }}
),

noted as (
    select
        customer_id,
        refresh_number
    from {{ ref('earlier_removed_customers') }}
),

counted as (
    select coalesce(max(refresh_number), 0) as refresh_number
    from {{ ref('earlier_customer_totals') }}
),

int_removed_customers as (
    -- Recorded by a build that died before it recomputed them.
    select
        noted.customer_id,
        noted.refresh_number
    from noted
    inner join counted
        on noted.refresh_number > counted.refresh_number
    union distinct
    select
        kept.customer_id,
        next_refresh.refresh_number
    from kept
    cross join {{ ref('next_refresh') }} as next_refresh
    left join {{ ref('int_source_parts') }} as source_parts
        on kept.part_key = source_parts.part_key
    where source_parts.part_key is null
)

select * from int_removed_customers

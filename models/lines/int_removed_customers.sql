-- One row per customer whose lines are about to be deleted from int_loaded_lines, or whose
-- totals have not been recomputed since an earlier deletion.
with

loaded as (
    select
        fingerprint,
        customer_id
    from {{ ref('earlier_loaded_lines') }}
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
        loaded.customer_id,
        next_refresh.refresh_number
    from loaded
    cross join {{ ref('next_refresh') }} as next_refresh
    left join {{ ref('int_source_partitions') }} as source_partitions
        on loaded.fingerprint = source_partitions.fingerprint
    where source_partitions.fingerprint is null
)

select * from int_removed_customers

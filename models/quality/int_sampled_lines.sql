-- One row per loaded line of a sampled customer, with its delivery: for checks that group lines.
-- Grouping all lines would cost as much as the features do.
with

source_partitions as (
    select
        source_partition,
        fingerprint
    from {{ ref('int_source_partitions') }}
),

int_sampled_lines as (
    select
        transaction_lines.transaction_id,
        transaction_lines.customer_id,
        transaction_lines.product_id,
        transaction_lines.purchased_on,
        transaction_lines.amount,
        source_partitions.source_partition
    from {{ ref('int_loaded_lines') }} as transaction_lines
    inner join {{ ref('int_sampled_customers') }} as sampled_customers
        on transaction_lines.customer_id = sampled_customers.customer_id
    inner join source_partitions
        on transaction_lines.fingerprint = source_partitions.fingerprint
)

select * from int_sampled_lines

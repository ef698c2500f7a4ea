-- One row per refused line of the source, as it came.
with

transactions as (
    select
        transaction_id,
        customer_id,
        product_id,
        rejected_purchased_at,
        rejected_amount,
        rejected_currency,
        rejected_source_file,
        rejection_reason
    from {{ ref('int_transaction_lines') }}
    where rejection_reason is not null
),

rejected_transactions as (
    select
        transaction_id,
        customer_id,
        product_id,
        rejected_purchased_at as purchased_at,
        rejected_amount as amount,
        rejected_currency as currency,
        rejected_source_file as source_file,
        rejection_reason
    from transactions
)

select * from rejected_transactions

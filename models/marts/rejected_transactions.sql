-- One row per refused line of the source, as it came.
with

transactions as (
    select
        transaction_id,
        customer_id,
        product_id,
        rejected_purchased_at,
        rejected_amount,
        rejection_reason
    from {{ ref('stg_transactions') }}
    where rejection_reason is not null
),

rejected_transactions as (
    select
        transaction_id,
        customer_id,
        product_id,
        rejected_purchased_at as purchased_at,
        rejected_amount as amount,
        rejection_reason
    from transactions
)

select * from rejected_transactions

-- One row per rejected source line, unchanged.
with

rejected_transactions as (
    select
        transaction_id,
        customer_id,
        product_id,
        purchased_at,
        amount,
        currency,
        source_file,
        rejection_reason
    from {{ ref('int_rejected_lines') }}
    where rejection_reason is not null
)

select * from rejected_transactions

-- One row per line of the source: every line, usable or refused with one reason.
with

source_lines as (
    select
        {{ transaction_text('transaction_id') }} as transaction_id,
        {{ transaction_text('customer_id') }} as customer_id,
        {{ transaction_text('product_id') }} as product_id,
        {{ transaction_text('purchased_at') }} as purchased_at,
        {{ transaction_text('amount') }} as amount_text,
        {{ transaction_date() }} as purchased_on,
        {{ transaction_amount() }} as amount
    from {{ transactions_source() }}
),

judged as (
    select
        *,
        case
            when transaction_id is null or trim(transaction_id) = '' then 'no transaction id'
            when customer_id is null or trim(customer_id) = '' then 'no customer'
            when purchased_at is null or trim(purchased_at) = '' then 'no date'
            when purchased_on is null then 'unreadable date'
            -- Typing errors such as the year 0201 or 9999 would otherwise set the snapshot date.
            when
                purchased_on < cast('1900-01-01' as date)
                or purchased_on > cast('2199-12-31' as date)
                then 'date out of range'
            when amount_text is null or trim(amount_text) = '' then 'no amount'
            when amount is null then 'unreadable or too large amount'
            when amount = 0 then 'no money moved'
        end as rejection_reason
    from source_lines
),

stg_transactions as (
    select
        transaction_id,
        customer_id,
        case when trim(product_id) <> '' then product_id end as product_id,
        purchased_on,
        amount,
        rejection_reason,
        -- As they came, only where they are needed to explain a refusal: null costs nothing.
        case when rejection_reason is not null then purchased_at end as rejected_purchased_at,
        case when rejection_reason is not null then amount_text end as rejected_amount
    from judged
)

select * from stg_transactions

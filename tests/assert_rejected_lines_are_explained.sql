-- Every reason can be seen in the unchanged line.
with

rejected_lines as (
    select
        rejection_reason,
        coalesce(trim(transaction_id), '') as transaction_text,
        coalesce(trim(customer_id), '') as customer_text,
        coalesce(trim(purchased_at), '') as date_text,
        coalesce(trim(amount), '') as amount_text,
        {{ transaction_date(source_settings(), 'purchased_at') }} as purchased_on
    from {{ ref('rejected_transactions') }}
)

select
    rejection_reason,
    transaction_text,
    customer_text,
    date_text,
    amount_text
from rejected_lines
where
    (rejection_reason = 'no transaction id' and transaction_text <> '')
    or (rejection_reason = 'no customer' and customer_text <> '')
    or (rejection_reason = 'no date' and date_text <> '')
    or (rejection_reason = 'unreadable date' and (date_text = '' or purchased_on is not null))
    or (rejection_reason like 'date%' and purchased_on is null)
    or (rejection_reason like '%the % date' and purchased_on is null)
    or (rejection_reason = 'no amount' and amount_text <> '')
    or (rejection_reason like '%amount%' and rejection_reason <> 'no amount' and amount_text = '')
    or (rejection_reason = 'no money moved' and amount_text = '')

-- Every reason can be seen in the line as it came.
with

refused_lines as (
    select
        *,
        coalesce(trim(transaction_id), '') = '' as is_without_id,
        coalesce(trim(customer_id), '') = '' as is_without_customer,
        coalesce(trim(purchased_at), '') = '' as is_without_date,
        coalesce(trim(amount), '') = '' as is_without_amount,
        {{ try_cast_as('purchased_at', 'date') }} is not null as is_date_readable
    from {{ ref('rejected_transactions') }}
)

select * from refused_lines
where not case rejection_reason
    when 'no transaction id' then is_without_id
    when 'no customer' then is_without_customer
    when 'no date' then is_without_date
    when 'unreadable date' then not is_without_date and not is_date_readable
    when 'date out of range' then is_date_readable
    when 'no amount' then is_without_amount
    else not is_without_amount
end

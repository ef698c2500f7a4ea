-- One row per line of the source: every line, usable or refused with one reason.
{%- set bounds = date_bounds_setting() %}
with

source_lines as (
    select
        {{ transaction_text('transaction_id') }} as transaction_id,
        {{ transaction_text('customer_id') }} as customer_id,
        {{ transaction_text('product_id') }} as product_id,
        {{ transaction_text('purchased_at') }} as purchased_at,
        {{ transaction_text('amount') }} as amount_text,
        {{ currency_text() }} as currency,
        {{ source_file() }} as source_file,
        {{ transaction_date() }} as purchased_on,
        {{ transaction_amount() }} as amount,
        case when {{ transaction_amount() }} is null then {{ amount_fault() }} end as amount_fault
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
            {%- if bounds.first_date %}
            when
                purchased_on < cast('{{ bounds.first_date }}' as date)
                then 'before the first date'
            {%- endif %}
            {%- if bounds.last_date %}
            when purchased_on > cast('{{ bounds.last_date }}' as date) then 'after the last date'
            {%- endif %}
            when amount_text is null or trim(amount_text) = '' then 'no amount'
            when amount is null then amount_fault
            when {{ currency_is_unknown('currency') }} then 'unknown currency'
            when amount = 0 then 'no money moved'
        end as fault
    from source_lines
),

compared as (
    select
        *,
        {%- if refuse_duplicate_lines_setting() %}
        case
            when fault is not null then fault
            when
                row_number() over (
                    partition by
                        transaction_id, customer_id, product_id, purchased_at, amount_text,
                        currency, fault
                    order by source_file
                ) > 1
                then 'exact duplicate'
        end as rejection_reason
        {%- else %}
        fault as rejection_reason
        {%- endif %}
    from judged
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
        case when rejection_reason is not null then amount_text end as rejected_amount,
        case when rejection_reason is not null then currency end as rejected_currency,
        source_file
    from compared
)

select * from stg_transactions

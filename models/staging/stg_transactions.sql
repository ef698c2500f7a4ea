-- One row per line of the source: every line, usable or refused with one reason.
{%- set refuse_duplicates = refuse_duplicate_lines_setting() %}
{%- set texts = {
    'purchased_at': transaction_text('purchased_at'),
    'amount_text': transaction_text('amount'),
    'currency': currency_text(),
} %}
with

source_lines as (
    select
        {{ transaction_text('transaction_id') }} as transaction_id,
        {{ transaction_text('customer_id') }} as customer_id,
        {{ transaction_text('product_id') }} as product_id,
        {{ transaction_date() }} as purchased_on,
        {{ transaction_amount() }} as amount,
        {{ line_fault() }} as fault,
        {#- Texts of dates and amounts are dear: only where one of them is read. #}
        {%- for name, text in texts.items() %}
        {%- if refuse_duplicates %}
        {{ text }} as {{ name }},
        {%- else %}
        case when {{ line_fault() }} is not null then {{ text }} end as {{ name }},
        {%- endif %}
        {%- endfor %}
        {{ source_file() }} as source_file,
        {{ source_part() }} as part
    from {{ transactions_source() }}
),

compared as (
    select
        *,
        {%- if refuse_duplicates %}
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
    from source_lines
),

stg_transactions as (
    select
        transaction_id,
        customer_id,
        case when not {{ is_blank('product_id') }} then product_id end as product_id,
        purchased_on,
        amount,
        rejection_reason,
        -- As they came, only where they are needed to explain a refusal: null costs nothing.
        case when rejection_reason is not null then purchased_at end as rejected_purchased_at,
        case when rejection_reason is not null then amount_text end as rejected_amount,
        case when rejection_reason is not null then currency end as rejected_currency,
        case when rejection_reason is not null then source_file end as rejected_source_file,
        part,
        '{{ reading_key() }}' as reading_key
    from compared
)

select * from stg_transactions

-- To the cent: the readable amounts, straight from the source, of the parts that this refresh read.
{%- set bounds = date_bounds_setting() %}
with

lines as (
    select
        {{ transaction_text('transaction_id') }} as transaction_id,
        {{ transaction_text('customer_id') }} as customer_id,
        {{ transaction_text('product_id') }} as product_id,
        {{ transaction_text('purchased_at') }} as purchased_at,
        {{ transaction_text('amount') }} as amount_text,
        {{ currency_text() }} as currency,
        {{ transaction_date() }} as purchased_on,
        {{ transaction_amount() }} as amount
    from {{ transactions_source() }}
    where
        trim({{ transaction_text('customer_id') }}) <> ''
        and trim({{ transaction_text('transaction_id') }}) <> ''
        and not {{ currency_is_unknown(currency_text()) }}
        and {{ of_parts(source_part(), parts_just_read()) }}
),

counted_lines as (
    select *
    from lines
    {%- if refuse_duplicate_lines_setting() %}
    -- Keeps one of equal lines.
    union
    select *
    from lines
    {%- endif %}
),

source_total as (
    select coalesce(sum(amount), 0) as revenue
    from counted_lines
    where
        purchased_on >= cast('{{ bounds.first_date or '1900-01-01' }}' as date)
        and purchased_on <= cast('{{ bounds.last_date or '2199-12-31' }}' as date)
),

kept_total as (
    select coalesce(sum(lines.amount), 0) as revenue
    from {{ ref('int_transaction_lines') }} as lines
    inner join {{ ref('int_source_parts') }} as source_parts
        on lines.part_key = source_parts.part_key
    where
        lines.rejection_reason is null
        and {{ of_parts('source_parts.part', parts_just_read()) }}
)

select
    source_total.revenue as source_revenue,
    kept_total.revenue as kept_revenue
from source_total
cross join kept_total
where source_total.revenue <> kept_total.revenue

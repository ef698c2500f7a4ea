-- To the cent: the readable amounts in the window, straight from the source, of everybody who
-- bought in it.
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

buyers as (
    select
        coalesce(customer_merges.into_customer_id, counted_lines.customer_id) as customer_id,
        sum(counted_lines.amount) as net_spend
    from counted_lines
    cross join {{ ref('int_snapshot') }} as snapshot
    left join {{ model_or_seed('customer_merges') }} as customer_merges
        on counted_lines.customer_id = customer_merges.from_customer_id
    where
        counted_lines.purchased_on >= snapshot.window_start
        and counted_lines.purchased_on < snapshot.snapshot_date
        and counted_lines.purchased_on >= cast('{{ bounds.first_date or '1900-01-01' }}' as date)
        and counted_lines.purchased_on <= cast('{{ bounds.last_date or '2199-12-31' }}' as date)
    group by coalesce(customer_merges.into_customer_id, counted_lines.customer_id)
    having max(counted_lines.amount) > 0
),

source_total as (
    select coalesce(sum(net_spend), 0) as revenue
    from buyers
),

profile_total as (
    select coalesce(sum(revenue), 0) as revenue
    from {{ ref('segment_profiles') }}
)

select
    source_total.revenue as source_revenue,
    profile_total.revenue as profile_revenue
from source_total
cross join profile_total
where source_total.revenue <> profile_total.revenue

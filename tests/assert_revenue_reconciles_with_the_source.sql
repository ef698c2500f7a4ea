-- To the cent: the readable amounts in the window, straight from the source, of everybody who
-- bought in it.
with

lines as (
    select
        {{ transaction_text('customer_id') }} as customer_id,
        {{ transaction_date() }} as purchased_on,
        {{ transaction_amount() }} as amount
    from {{ transactions_source() }}
    where
        trim({{ transaction_text('customer_id') }}) <> ''
        and trim({{ transaction_text('transaction_id') }}) <> ''
),

buyers as (
    select
        coalesce(customer_merges.into_customer_id, lines.customer_id) as customer_id,
        sum(lines.amount) as net_spend
    from lines
    cross join {{ ref('int_snapshot') }} as snapshot
    left join {{ ref(var('customer_merges', 'customer_merges')) }} as customer_merges
        on lines.customer_id = customer_merges.from_customer_id
    where
        lines.purchased_on >= snapshot.window_start
        and lines.purchased_on < snapshot.snapshot_date
    group by coalesce(customer_merges.into_customer_id, lines.customer_id)
    having max(lines.amount) > 0
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

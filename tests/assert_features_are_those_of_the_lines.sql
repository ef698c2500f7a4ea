-- Of a sample: each feature is what the lines themselves say.
with

sampled as (
    select customers.*
    from {{ ref('customer_features') }} as customers
    inner join {{ ref('int_sampled_customers') }} as sample
        on customers.customer_id = sample.customer_id
),

-- Their ids as the lines have them.
ids as (
    select
        customer_id as line_customer_id,
        customer_id
    from sampled
    where
        customer_id not in (
            select customer_merges.from_customer_id
            from {{ model_or_seed('customer_merges') }} as customer_merges
        )
    union all
    select
        customer_merges.from_customer_id as line_customer_id,
        customer_merges.into_customer_id as customer_id
    from {{ model_or_seed('customer_merges') }} as customer_merges
    inner join sampled
        on customer_merges.into_customer_id = sampled.customer_id
),

lines_in_window as (
    select
        ids.customer_id,
        lines.transaction_id,
        lines.product_id,
        lines.purchased_on,
        lines.amount
    from {{ ref('int_transaction_lines') }} as lines
    inner join ids
        on lines.customer_id = ids.line_customer_id
    inner join {{ ref('int_snapshot') }} as snapshot
        on
            lines.purchased_on >= snapshot.window_start
            and lines.purchased_on < snapshot.snapshot_date
),

spent as (
    select
        customer_id,
        sum(amount) as monetary
    from lines_in_window
    group by customer_id
),

bought as (
    select
        customer_id,
        min(purchased_on) as first_purchase_date,
        max(purchased_on) as last_purchase_date,
        count(distinct transaction_id) as frequency,
        count(distinct product_id) as unique_products
    from lines_in_window
    where amount > 0
    group by customer_id
)

select sampled.*
from sampled
left join spent
    on sampled.customer_id = spent.customer_id
left join bought
    on sampled.customer_id = bought.customer_id
where
    not coalesce(
        sampled.monetary = spent.monetary
        and sampled.frequency = bought.frequency
        and sampled.unique_products = bought.unique_products
        and sampled.first_purchase_date = bought.first_purchase_date
        and sampled.last_purchase_date = bought.last_purchase_date
        and sampled.snapshot_date
        = cast({{ dbt.dateadd('day', 'sampled.recency_days', 'bought.last_purchase_date') }} as date)
        and bought.last_purchase_date
        = cast({{ dbt.dateadd('day', 'sampled.length_days', 'bought.first_purchase_date') }} as date),
        false
    )

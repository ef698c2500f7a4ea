-- Each feature follows from the lines themselves. Checks a sample.
with

sampled as (
    select customers.*
    from {{ ref('customer_features') }} as customers
    inner join {{ ref('int_sampled_customers') }} as sampled_customers
        on customers.customer_id = sampled_customers.customer_id
),

-- The ids of the sampled customers, as the lines have them.
ids as (
    select
        customer_id as line_customer_id,
        customer_id
    from sampled
    where
        customer_id not in (
            select customer_merges.from_customer_id
            from {{ ref('stg_customer_merges') }} as customer_merges
        )
    union all
    select
        customer_merges.from_customer_id as line_customer_id,
        customer_merges.into_customer_id as customer_id
    from {{ ref('stg_customer_merges') }} as customer_merges
    inner join sampled
        on customer_merges.into_customer_id = sampled.customer_id
),

lines_in_window as (
    select
        ids.customer_id,
        transaction_lines.transaction_id,
        transaction_lines.product_id,
        transaction_lines.purchased_on,
        transaction_lines.amount
    from {{ ref('int_loaded_lines') }} as transaction_lines
    inner join ids
        on transaction_lines.customer_id = ids.line_customer_id
    inner join {{ ref('int_snapshot') }} as seen
        on
            transaction_lines.purchased_on >= seen.window_start
            and transaction_lines.purchased_on < seen.snapshot_date
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
),

compared as (
    select
        sampled.*,
        spent.monetary as lines_monetary,
        bought.frequency as lines_frequency,
        bought.unique_products as lines_products,
        bought.first_purchase_date as first_date,
        bought.last_purchase_date as last_date,
        {{ days_after('bought.last_purchase_date', 'sampled.recency_days') }} as seen_from,
        {{ days_after('bought.first_purchase_date', 'sampled.length_days') }} as length_end
    from sampled
    left join spent
        on sampled.customer_id = spent.customer_id
    left join bought
        on sampled.customer_id = bought.customer_id
)

select customer_id
from compared
where
    not coalesce(
        monetary = lines_monetary
        and frequency = lines_frequency
        and unique_products = lines_products
        and first_purchase_date = first_date
        and last_purchase_date = last_date
        and cast(seen_from as date) = snapshot_date
        and cast(length_end as date) = last_date,
        false
    )

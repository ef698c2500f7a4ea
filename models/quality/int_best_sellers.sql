-- One row per product on the most purchase lines of the observation window: at most 200.
{%- set most_products = 200 %}
with

sold as (
    select
        transaction_lines.product_id,
        count(*) as line_count
    from {{ ref('int_loaded_lines') }} as transaction_lines
    inner join {{ ref('int_snapshot') }} as seen
        on
            transaction_lines.purchased_on >= seen.window_start
            and transaction_lines.purchased_on < seen.snapshot_date
    where transaction_lines.amount > 0 and transaction_lines.product_id is not null
    group by transaction_lines.product_id
),

ranked as (
    select
        product_id,
        line_count,
        row_number() over (order by line_count desc, product_id asc) as best_first
    from sold
),

int_best_sellers as (
    select
        product_id,
        line_count,
        best_first
    from ranked
    where best_first <= {{ most_products }}
)

select * from int_best_sellers

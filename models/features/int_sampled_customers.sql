-- One row per customer of a bounded sample, for what looks at purchases one by one. The sample is
-- the same on every engine and, for customers who keep buying, on every day.
with

customers as (
    select customer_id
    from {{ ref('int_customer_features') }}
),

int_sampled_customers as (
    select customer_id
    from customers
    order by {{ dbt.hash('customer_id') }}, customer_id
    limit 5000
)

select * from int_sampled_customers

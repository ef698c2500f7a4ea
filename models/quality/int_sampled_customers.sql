-- One row per customer of a bounded sample, the same on every engine and, while they buy, on every
-- day: for checks that look at customers one by one.
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

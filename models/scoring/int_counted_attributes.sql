-- One row per segment, attribute and value: how many customers of the segment, or purchase lines
-- of theirs in the observation window, have it.
with

customers as (
    select
        customer_id,
        segment_id,
        monetary
    from {{ ref('int_customers_assigned') }}
),

customer_merges as (
    select
        from_customer_id,
        into_customer_id
    from {{ ref('stg_customer_merges') }}
),

listed_customers as (
    {{ listed_attributes('customer_attributes') }}
),

-- What is known of the id that stays comes before what is known of ids merged into it.
known_customers as (
    select
        coalesce(customer_merges.into_customer_id, listed.listed_id) as customer_id,
        listed.attribute,
        coalesce(
            max(case when customer_merges.into_customer_id is null then listed.value end),
            min(listed.value)
        ) as value
    from listed_customers as listed
    left join customer_merges
        on listed.listed_id = customer_merges.from_customer_id
    group by coalesce(customer_merges.into_customer_id, listed.listed_id), listed.attribute
),

attributes_of_customers as (
    select distinct attribute
    from listed_customers
),

listed_products as (
    {{ listed_attributes('product_attributes') }}
),

attributes_of_products as (
    select distinct attribute
    from listed_products
),

transactions as (
    {{ lines_after_merges() }}
    -- Without attributes of products no line is read.
    where 1 = {{ 0 if attributes_relation('product_attributes') is none else 1 }}
),

bought as (
    select
        customers.segment_id,
        transactions.product_id,
        count(case when transactions.amount > 0 then 1 end) as line_count,
        sum(transactions.amount) as revenue
    from transactions
    inner join customers
        on transactions.customer_id = customers.customer_id
    inner join {{ ref('int_snapshot') }} as observed
        on
            transactions.purchased_on >= observed.window_start
            and transactions.purchased_on < observed.snapshot_date
    group by customers.segment_id, transactions.product_id
),

int_counted_attributes as (
    select
        'customers' as attribute_of,
        customers.segment_id,
        attributes.attribute,
        known.value,
        cast(count(*) as bigint) as counted,
        sum(customers.monetary) as revenue
    from customers
    cross join attributes_of_customers as attributes
    left join known_customers as known
        on customers.customer_id = known.customer_id and attributes.attribute = known.attribute
    group by customers.segment_id, attributes.attribute, known.value
    union all
    select
        'products' as attribute_of,
        bought.segment_id,
        attributes.attribute,
        listed.value,
        cast(sum(bought.line_count) as bigint) as counted,
        sum(bought.revenue) as revenue
    from bought
    cross join attributes_of_products as attributes
    left join listed_products as listed
        on bought.product_id = listed.listed_id and attributes.attribute = listed.attribute
    group by bought.segment_id, attributes.attribute, listed.value
    having sum(bought.line_count) > 0
)

select * from int_counted_attributes

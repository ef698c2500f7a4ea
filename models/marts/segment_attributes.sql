-- One row per segment, attribute and value that customers of the segment have.
{%- set most_values = 12 %}
with

customers as (
    select
        customer_id,
        segment_id,
        segment_name,
        monetary
    from {{ ref('customer_segments') }}
),

customer_merges as (
    select
        from_customer_id,
        into_customer_id
    from {{ ref('stg_customer_merges') }}
),

listed as (
    {{ listed_attributes() }}
),

-- What is known of the id that stays comes before what is known of ids merged into it.
known as (
    select
        coalesce(customer_merges.into_customer_id, listed.customer_id) as customer_id,
        listed.attribute,
        coalesce(
            max(case when customer_merges.into_customer_id is null then listed.value end),
            min(listed.value)
        ) as value
    from listed
    left join customer_merges
        on listed.customer_id = customer_merges.from_customer_id
    group by coalesce(customer_merges.into_customer_id, listed.customer_id), listed.attribute
),

attributes as (
    select distinct attribute
    from listed
),

counted as (
    select
        customers.segment_id,
        customers.segment_name,
        attributes.attribute,
        known.value,
        count(*) as customers,
        sum(customers.monetary) as revenue,
        sum(count(*)) over (partition by attributes.attribute, known.value) as customers_of_all
    from customers
    cross join attributes
    left join known
        on
            customers.customer_id = known.customer_id
            and attributes.attribute = known.attribute
    group by customers.segment_id, customers.segment_name, attributes.attribute, known.value
),

numbered as (
    select
        *,
        dense_rank() over (
            partition by attribute
            order by
                case when value is null then 1 else 0 end asc,
                customers_of_all desc,
                value asc
        ) as value_number
    from counted
),

named as (
    select
        *,
        case
            when value is null then 'not known'
            when value_number > {{ most_values }} then 'other'
            else value
        end as shown_value,
        max(case when value is null then 0 else value_number end)
            over (partition by attribute) as known_values
    from numbered
),

shared as (
    select
        segment_id,
        segment_name,
        attribute,
        shown_value,
        known_values,
        sum(customers) as customers,
        sum(revenue) as revenue,
        {{ as_double('sum(customers)') }}
        / sum(sum(customers)) over (partition by segment_id, attribute) as customer_share,
        {{ as_double('sum(sum(customers)) over (partition by attribute, shown_value)') }}
        / sum(sum(customers)) over (partition by attribute) as share_of_all
    from named
    group by segment_id, segment_name, attribute, shown_value, known_values
),

segment_attributes as (
    select
        segment_id,
        segment_name,
        attribute,
        shown_value as value,
        cast(customers as bigint) as customers,
        customer_share,
        100 * customer_share / share_of_all as share_index,
        cast(coalesce(revenue, 0) as decimal(28, 4)) as revenue,
        cast(known_values as bigint) as known_values
    from shared
)

select * from segment_attributes

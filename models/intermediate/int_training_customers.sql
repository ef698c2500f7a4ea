-- One row per training customer: a bounded sample of the customers with net spend.
with

customers as (
    select
        customer_id,
        {{ feature_names() | join(',\n        ') }}
    from {{ ref('customer_features') }}
    where monetary > 0
),

sampled as (
    select *
    from customers
    -- By hash of the id: the same people on every engine and every day.
    order by {{ dbt.hash('customer_id') }}, customer_id
    limit {{ training_customers_setting() }}
),

int_training_customers as (
    select
        row_number() over (order by {{ dbt.hash('customer_id') }}, customer_id) as training_rank,
        customer_id,
        {%- for feature in feature_names() %}
        cast({{ feature }} as double) as {{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sampled
)

select * from int_training_customers

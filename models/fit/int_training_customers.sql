-- One row per training customer of the model version to be fitted, a bounded sample; empty if no
-- refit is due.
with

customers as (
    select
        customer_id,
        {{ feature_names() | join(',\n        ') }},
        {{ days_between('first_purchase_to_date', 'snapshot_date') }} as days_since_first
    from {{ ref('int_customer_features') }}
    where monetary > 0
),

refresh as (
    select
        refresh_number,
        candidate_version
    from {{ ref('int_current_refresh') }}
    where refit_reason is not null
),

sampled as (
    select
        customers.*,
        refresh.refresh_number,
        refresh.candidate_version
    from customers
    cross join refresh
    -- By hash of the id, so the sample is the same on every engine and every day.
    order by {{ dbt.hash('customers.customer_id') }}, customers.customer_id
    limit {{ training_customers_setting() }}
),

int_training_customers as (
    select
        refresh_number,
        candidate_version as model_version,
        row_number() over (order by {{ dbt.hash('customer_id') }}, customer_id) as training_rank,
        customer_id,
        {%- for feature in feature_names() %}
        {{ as_double(feature) }} as {{ feature }},
        {%- endfor %}
        days_since_first
    from sampled
)

select * from int_training_customers

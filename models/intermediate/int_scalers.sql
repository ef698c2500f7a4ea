-- One row: center and scale of each feature's logarithm over the training customers.
with

training_customers as (
    select
        customer_id,
        {{ feature_names() | join(',\n        ') }}
    from {{ ref('int_customers_clustered') }}
),

centers as (
    select
        {%- for feature in feature_names() %}
        {{ exact_mean(log_feature(feature)) }} as center_{{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from training_customers
),

-- Every customer is there once per number of segments, which changes neither mean nor variance.
squares as (
    select
        {%- for feature in feature_names() %}
        {%- set deviation = '(' ~ log_feature('training_customers.' ~ feature) ~ ' - centers.center_' ~ feature ~ ')' %}
        {{ exact_mean(deviation ~ ' * ' ~ deviation) }} as variance_{{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from training_customers
    cross join centers
),

int_scalers as (
    select
        {%- for feature in feature_names() %}
        centers.center_{{ feature }},
        -- All alike: the feature says nothing, and is not to be divided by 0.
        coalesce(nullif(sqrt(squares.variance_{{ feature }}), 0), 1) as scale_{{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from centers
    cross join squares
)

select * from int_scalers

-- One row per feature: the share of customers with its most common value. A value that most
-- customers share does not tell them apart.
with

customers as (
    select *
    from {{ ref('int_customer_features') }}
),

counted as (
    {%- for feature in feature_names() %}
    select
        '{{ feature }}' as feature,
        max(customer_count) as commonest_count,
        sum(customer_count) as all_count
    from (
        select count(*) as customer_count
        from customers
        group by {{ feature }}
    ) as of_one_value
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

int_measured_features as (
    select
        'commonest_value_share' as check_name,
        feature as subject,
        {{ as_double('commonest_count') }} / all_count as value
    from counted
)

select * from int_measured_features

-- One row per customer with at least one purchase in the observation window.
{%- set scores = {'recency_days': 'low', 'frequency': 'high', 'monetary': 'high'} %}
with

features as (
    select *
    from {{ ref('int_customer_features') }}
),

{% for column, best in scores.items() -%}
{{ score_bounds_cte(column, best) }},

{% endfor -%}
customer_features as (
    select
        features.customer_id,
        {%- for feature in feature_names() %}
        features.{{ feature }},
        {%- endfor %}
        features.first_purchase_date,
        features.last_purchase_date,
        {%- for column, best in scores.items() %}
        {{ score(column, best) }} as {{ column | replace('_days', '') }}_score,
        {%- endfor %}
        features.snapshot_date
    from features
    cross join recency_days_bounds
    cross join frequency_bounds
    cross join monetary_bounds
)

select * from customer_features

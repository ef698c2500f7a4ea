-- One row per customer with at least one purchase in the observation window.
{%- set scores = {'recency_days': 'low', 'frequency': 'high', 'monetary': 'high'} %}
with

snapshot as (
    select snapshot_date
    from {{ ref('int_snapshot') }}
),

totals as (
    select *
    from {{ ref('int_customer_totals') }}
),

features as (
    {{ features_of_totals('totals', 'snapshot') }}
),

{% for column, best in scores.items() -%}
{{ score_limits_cte(column, best) }},

{% endfor -%}
customer_features as (
    select
        features.customer_id,
        cast(features.recency_days as integer) as recency_days,
        cast(features.frequency as integer) as frequency,
        features.monetary,
        cast(features.length_days as integer) as length_days,
        features.average_spend,
        cast(features.unique_products as integer) as unique_products,
        features.first_purchase_date,
        features.last_purchase_date,
        {%- for column, best in scores.items() %}
        {{ score(column, best) }} as {{ column | replace('_days', '') }}_score,
        {%- endfor %}
        features.snapshot_date
    from features
    cross join recency_days_limits
    cross join frequency_limits
    cross join monetary_limits
)

select * from customer_features

-- One row per number of segments of the model version being fitted: how well its segments predict
-- later spend.
with

refresh as (
    select refresh_number
    from {{ ref('int_current_refresh') }}
),

scalers as (
    select int_scalers.*
    from {{ ref('int_scalers') }} as int_scalers
    inner join refresh
        on int_scalers.refresh_number = refresh.refresh_number
),

centroids as (
    select int_segment_centroids.*
    from {{ ref('int_segment_centroids') }} as int_segment_centroids
    inner join refresh
        on int_segment_centroids.refresh_number = refresh.refresh_number
),

customers as (
    select
        int_backtest_customers.customer_id,
        {%- for feature in feature_names() %}
        {%- set column = 'int_backtest_customers.' ~ feature %}
        {{ scaled_feature(column, 'scalers', feature) }} as scaled_{{ feature }},
        {%- endfor %}
        {{ log_feature('int_backtest_customers.later_spend') }} as later_spend
    from {{ ref('int_backtest_customers') }} as int_backtest_customers
    cross join scalers
),

-- A bounded sample times a few centroids: a plain join is clear and fast enough.
nearest as (
    select
        centroids.segment_count,
        centroids.segment_id,
        customers.later_spend,
        row_number() over (
            partition by centroids.segment_count, customers.customer_id
            order by
                {{ squared_distance('customers.scaled_', 'centroids.centroid_') }},
                centroids.segment_id
        ) as distance_rank
    from customers
    cross join centroids
),

means as (
    select
        segment_count,
        segment_id,
        count(*) as customers,
        {{ exact_mean('later_spend') }} as segment_mean,
        {{ exact_sum('later_spend * later_spend') }} as squares
    from nearest
    where distance_rank = 1
    group by segment_count, segment_id
),

totals as (
    select
        segment_count,
        {{ exact_sum('customers * segment_mean') }} / sum(customers) as overall_mean,
        {{ exact_sum('squares') }} as squares,
        sum(customers) as customers
    from means
    group by segment_count
),

int_backtest_scores as (
    select
        means.segment_count,
        {{ exact_sum('means.customers * ' ~ squared('means.segment_mean - totals.overall_mean')) }}
        / nullif(max(totals.squares - totals.customers * {{ squared('totals.overall_mean') }}), 0)
            as backtest_r2
    from means
    inner join totals
        on means.segment_count = totals.segment_count
    group by means.segment_count
)

select * from int_backtest_scores

-- Customers with the same recency, frequency or net spend have the same score for it, and those
-- with more of it, or fewer days, never a lower one.
with

scores as (
    select
        'recency_score' as score,
        -recency_days as scored,
        recency_score as points
    from {{ ref('customer_features') }}
    union all
    select
        'frequency_score' as score,
        frequency as scored,
        frequency_score as points
    from {{ ref('customer_features') }}
    union all
    select
        'monetary_score' as score,
        monetary as scored,
        monetary_score as points
    from {{ ref('customer_features') }}
),

ties as (
    select
        score,
        scored,
        min(points) as lowest_points,
        max(points) as highest_points,
        lag(max(points)) over (partition by score order by scored) as highest_points_before
    from scores
    group by score, scored
)

select *
from ties
where lowest_points < highest_points or lowest_points < highest_points_before

-- One row per segment and feature: its quartiles, and which share of all customers is below each
-- (for recency above, so that more is better throughout). Of equal values half counts as below.
with

counts as (
    select
        feature,
        value,
        count(*) as customers
    from feature_values
    group by feature, value
),

ranks as (
    select
        feature,
        value,
        (sum(customers) over (partition by feature order by value) - customers / 2)
        / sum(customers) over (partition by feature) as rank
    from counts
),

quartiles as (
    select
        segment_id,
        feature,
        unnest(['low', 'median', 'high']) as quartile,
        unnest(quantile_disc(value, [0.25, 0.5, 0.75])) as value
    from feature_values
    group by segment_id, feature
),

placed as (
    select
        quartiles.segment_id,
        quartiles.feature,
        quartiles.quartile,
        quartiles.value,
        if(quartiles.feature = 'recency_days', 1 - ranks.rank, ranks.rank) as rank
    from quartiles
    inner join ranks
        on
            quartiles.feature = ranks.feature
            and quartiles.value = ranks.value
)

select
    segment_id,
    feature,
    max(value) filter (where quartile = 'low') as low_value,
    max(value) filter (where quartile = 'median') as median_value,
    max(value) filter (where quartile = 'high') as high_value,
    round(min(rank), 4) as low_rank,
    round(max(rank) filter (where quartile = 'median'), 4) as median_rank,
    round(max(rank), 4) as high_rank
from placed
group by segment_id, feature

-- One row per segment and feature: how far the segment's mean of ln(1 + x) is from that of all
-- customers, in standard deviations. Null where all customers are alike.
with

scaled as (
    select
        segment_id,
        feature,
        ln(1 + greatest(value, 0)) as value
    from feature_values
),

everybody as (
    select
        feature,
        avg(value) as center,
        stddev_pop(value) as scale
    from scaled
    group by feature
)

select
    scaled.segment_id,
    scaled.feature,
    round(
        (avg(scaled.value) - any_value(everybody.center))
        / nullif(any_value(everybody.scale), 0),
        6
    ) as distance
from scaled
inner join everybody
    on scaled.feature = everybody.feature
group by scaled.segment_id, scaled.feature
order by scaled.segment_id, scaled.feature

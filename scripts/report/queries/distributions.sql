-- One row per segment and feature: its deciles 1 and 9, and its quartiles.
select
    segment_id,
    feature,
    quantile_cont(value, [0.1, 0.25, 0.5, 0.75, 0.9]) as quantiles
from feature_values
group by segment_id, feature
order by segment_id, feature

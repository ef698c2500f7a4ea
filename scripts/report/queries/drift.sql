-- One row per measure, the nearest to its threshold first.
select
    measure,
    value,
    threshold,
    value / nullif(threshold, 0) as of_threshold,
    refit_recommended as exceeded
from feature_drift
where measure <> 'verdict'
order by of_threshold desc nulls last, measure asc

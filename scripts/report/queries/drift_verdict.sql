-- One row, or none where nothing was measured.
select
    reason,
    refit_recommended
from feature_drift
where measure = 'verdict'

-- The customers have drifted from those the model was trained on: see feature_drift for the reason.
select reason
from {{ ref('feature_drift') }}
where measure = 'verdict' and refit_recommended

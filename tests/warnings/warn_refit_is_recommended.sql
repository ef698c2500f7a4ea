-- The customers have drifted from those the model was trained on: feature_drift gives the reason.
select reason
from {{ ref('feature_drift') }}
where measure = 'verdict' and refit_recommended

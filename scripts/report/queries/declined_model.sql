-- One row where the newest model version was declined, else none.
select
    model_version,
    objections
from segment_models
where status = 'declined'
qualify model_version = max(model_version) over ()

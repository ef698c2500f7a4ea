-- The gate refused the newest version: its objections are in segment_models; the variable model_version overrules it.
select
    model_version,
    objections
from {{ ref('segment_models') }}
where
    status = 'refused'
    and model_version = (select max(model_version) from {{ ref('segment_models') }})

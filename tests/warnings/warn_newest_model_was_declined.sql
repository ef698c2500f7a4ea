-- The gate refused the newest version: its objections are in segment_models; the variable
-- model_version overrules it.
with

newest as (
    select max(model_version) as model_version
    from {{ ref('segment_models') }}
)

select
    segment_models.model_version,
    segment_models.objections
from {{ ref('segment_models') }} as segment_models
inner join newest
    on segment_models.model_version = newest.model_version
where segment_models.status = 'declined'

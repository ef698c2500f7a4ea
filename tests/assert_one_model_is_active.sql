-- Exactly one version is active, and it assigned every customer assigned by a model.
with

active as (
    select count(*) as active_models
    from {{ ref('segment_models') }}
    where is_active
),

assigned as (
    select max(case when assigned_by = 'model' then 1 else 0 end) as needed_models
    from {{ ref('customer_segments') }}
)

select active.active_models
from active
cross join assigned
where active.active_models > 1 or active.active_models < assigned.needed_models
union all
select segments.model_version
from {{ ref('customer_segments') }} as segments
left join {{ ref('segment_models') }} as models
    on
        segments.model_version = models.model_version
        and models.is_active
where segments.model_version is not null and models.model_version is null

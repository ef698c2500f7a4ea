-- One version scores, and every customer that a model assigned was assigned by it.
select count(*) as active_models
from {{ ref('segment_models') }}
where is_active
having
    count(*) > 1
    or count(*) < (select max(case when assigned_by = 'model' then 1 else 0 end) from {{ ref('customer_segments') }})
union all
select segments.model_version
from {{ ref('customer_segments') }} as segments
left join {{ ref('segment_models') }} as models
    on
        segments.model_version = models.model_version
        and models.is_active
where segments.model_version is not null and models.model_version is null

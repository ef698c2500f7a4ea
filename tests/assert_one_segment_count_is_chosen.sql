-- Every model version has one number of segments.
select model_version
from {{ ref('segment_count_evaluations') }}
group by model_version
having sum(case when is_chosen then 1 else 0 end) <> 1

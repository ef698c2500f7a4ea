-- One row per number of segments that was tried for the active model.
select
    evaluations.segment_count,
    evaluations.macro_silhouette,
    evaluations.bootstrap_ari,
    evaluations.smallest_share,
    evaluations.feature_balance,
    evaluations.backtest_r2,
    evaluations.is_chosen,
    case
        when evaluations.is_chosen then 'chosen'
        when evaluations.verdict like 'Declined%' then 'failed'
        else 'passed'
    end as outcome,
    evaluations.verdict
from segment_count_evaluations as evaluations
inner join segment_models as models
    on evaluations.model_version = models.model_version
where models.is_active
order by evaluations.segment_count

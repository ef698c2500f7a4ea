-- One row, or none before the first model is fitted. `months` is null for the whole history.
select
    model_version,
    snapshot_date,
    refit_reason,
    training_customers,
    segment_count,
    outlook_days,
    has_outlook,
    outlook_verdict,
    nullif(regexp_extract(settings, 'observation_months=([0-9]+)', 1), '') as months
from segment_models
where is_active

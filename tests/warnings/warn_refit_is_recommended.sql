-- The customers have drifted from those the model was trained on.
{% call said('warn') %}
select
    drift.reason
    || case
        when newest.status = 'declined'
            then
                ' Model version ' || {{ as_text('newest.model_version') }} || ', fitted on '
                || {{ as_text('newest.snapshot_date') }} || ', was declined: decide whether to score with it'
                || ' (accept_model), or refit with the customers of today:'
        else ' Refit the model:'
    end
    || {{ text_literal(" dbt build --vars 'refit: true'.") }} as sentence
from {{ ref('feature_drift') }} as drift
cross join {{ ref('segment_models') }} as newest
where
    drift.measure = 'verdict'
    and drift.refit_recommended
    and newest.model_version = (
        select max(versions.model_version)
        from {{ ref('segment_models') }} as versions
    )
{% endcall %}

-- One row per model version: why and on what it was fitted, its measures, and whether it passed
-- the gate.
with

refresh as (
    select *
    from {{ ref('int_current_refresh') }}
),

scalers as (
    select *
    from {{ ref('int_scalers') }}
),

evaluations as (
    select *
    from {{ ref('int_segment_count_evaluations') }}
    where is_chosen
),

measures as (
    select
        refresh_number,
        moved_share,
        segment_drift,
        lineage
    from {{ ref('int_gate_measures') }}
),

outlooks as (
    select *
    from {{ ref('int_outlook_measures') }}
),

-- One row even if there are no objections.
objections as (
    select
        coalesce(
            {{ texts_joined('objection', "' '", 'order by check_name') }}, ''
        ) as objections
    from {{ ref('int_gate_objections') }}
),

int_model_versions as (
    select
        refresh.refresh_number,
        evaluations.model_version,
        refresh.snapshot_date,
        refresh.refit_reason,
        '{{ model_settings() }}' as settings,
        evaluations.segment_count,
        evaluations.training_customers,
        {%- for feature in feature_names() %}
        scalers.center_{{ feature }},
        scalers.scale_{{ feature }},
        {%- endfor %}
        evaluations.inertia,
        evaluations.micro_silhouette,
        evaluations.macro_silhouette,
        evaluations.bootstrap_ari,
        evaluations.smallest_share,
        evaluations.feature_balance,
        measures.moved_share,
        measures.segment_drift,
        measures.lineage,
        outlooks.outlook_days,
        outlooks.outlook_r2,
        outlooks.outlook_auc,
        outlooks.outlook_verdict,
        outlooks.has_outlook,
        objections.objections,
        -- There is no model to fall back on, so a first version is accepted, and its objections
        -- are recorded.
        objections.objections = '' or refresh.active_version is null as is_accepted
    from refresh
    inner join evaluations
        on refresh.refresh_number = evaluations.refresh_number
    inner join measures
        on refresh.refresh_number = measures.refresh_number
    inner join scalers
        on refresh.refresh_number = scalers.refresh_number
    left join outlooks
        on refresh.refresh_number = outlooks.refresh_number
    cross join objections
)

select * from int_model_versions

-- One row per model version, active, superseded or declined.
with

versions as (
    select *
    from {{ ref('int_model_versions') }}
),

known as (
    select
        refresh_number,
        model_version,
        is_active
    from {{ ref('int_known_versions') }}
),

active as (
    select model_version
    from known
    where is_active
),

segment_models as (
    select
        versions.model_version,
        known.is_active,
        case
            when known.is_active then 'active'
            when not versions.is_accepted then 'declined'
            when versions.model_version > active.model_version then 'rolled back'
            else 'superseded'
        end as status,
        versions.snapshot_date,
        versions.refit_reason,
        versions.settings,
        versions.segment_count,
        versions.training_customers,
        {%- for feature in feature_names() %}
        versions.center_{{ feature }},
        versions.scale_{{ feature }},
        {%- endfor %}
        versions.inertia,
        versions.micro_silhouette,
        versions.macro_silhouette,
        versions.bootstrap_ari,
        versions.smallest_share,
        versions.feature_balance,
        versions.moved_share,
        versions.lineage,
        versions.objections,
        versions.outlook_days,
        versions.outlook_r2,
        versions.outlook_auc,
        coalesce(versions.has_outlook, false) as has_outlook,
        coalesce(
            versions.outlook_verdict,
            'There is no outlook: the version was fitted before there were outlooks.'
            || ' Set refit to make one.'
        ) as outlook_verdict
    from versions
    inner join known
        on versions.refresh_number = known.refresh_number
    cross join active
)

select * from segment_models

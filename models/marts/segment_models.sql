-- One row per model version, active, superseded or declined.
with

versions as (
    select model_versions.*
    from {{ ref('int_model_versions') }} as model_versions
    inner join {{ ref('int_valid_refreshes') }} as refreshes
        on model_versions.refresh_number = refreshes.refresh_number
),

in_use as (
    select model_version
    from {{ ref('int_scoring_versions') }}
    where is_active
),

segment_models as (
    select
        versions.model_version,
        versions.model_version = in_use.model_version as is_active,
        case
            when versions.model_version = in_use.model_version then 'active'
            when not versions.is_accepted then 'declined'
            when versions.model_version > in_use.model_version then 'rolled back'
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
        versions.objections
    from versions
    cross join in_use
)

select * from segment_models

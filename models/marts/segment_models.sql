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
        is_active,
        is_accepted
    from {{ ref('int_known_versions') }}
),

active as (
    select model_version
    from known
    where is_active
),

-- A person may decide about a version more than once: the last decision counts.
decisions as (
    select
        refreshes.accepted_version,
        refreshes.snapshot_date,
        refreshes.accepted_by,
        refreshes.acceptance_reason,
        row_number() over (
            partition by refreshes.accepted_version
            order by refreshes.refresh_number desc
        ) as decision_rank
    from {{ ref('int_refreshes') }} as refreshes
    inner join {{ ref('int_valid_refreshes') }} as valid_refreshes
        on refreshes.refresh_number = valid_refreshes.refresh_number
),

scored as (
    select
        model_version,
        min(snapshot_date) as first_date,
        max(snapshot_date) as last_date
    from (
        select
            model_version,
            snapshot_date
        from {{ ref('earlier_refreshes') }}
        union all
        select
            active.model_version,
            refresh.snapshot_date
        from {{ ref('int_current_refresh') }} as refresh
        cross join active
    ) as refreshes
    group by model_version
),

segment_models as (
    select
        versions.model_version,
        known.is_active,
        case
            when known.is_active then 'active'
            when not known.is_accepted then 'declined'
            when versions.model_version > active.model_version then 'rolled back'
            else 'superseded'
        end as status,
        'Fitted on ' || {{ as_text('versions.snapshot_date') }}
        || case
            when versions.refit_reason = 'first fit' then ' as the first model.'
            when versions.refit_reason = 'asked for' then ' because a refit was asked for.'
            when versions.refit_reason like 'fitted %'
                then ' because the version before was ' || versions.refit_reason || '.'
            else ' because ' || versions.refit_reason || '.'
        end
        || case
            when not versions.is_accepted then ' The gate declined it: ' || versions.objections
            when versions.objections <> ''
                then
                    ' The gate objected, but there was no model to fall back on: '
                    || versions.objections
            else ' It passed the gate.'
        end
        || coalesce(
            ' Accepted on ' || {{ as_text('decisions.snapshot_date') }}
            || coalesce(' by ' || decisions.accepted_by, '')
            || coalesce(': ' || decisions.acceptance_reason, '') || '.',
            ''
        )
        || coalesce(
            ' Scored refreshes from ' || {{ as_text('scored.first_date') }}
            || ' to ' || {{ as_text('scored.last_date') }} || '.',
            ''
        ) as story,
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
        versions.segment_drift,
        versions.lineage,
        model_changes.changes,
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
    left join decisions
        on
            versions.model_version = decisions.accepted_version
            and decisions.decision_rank = 1
    left join scored
        on versions.model_version = scored.model_version
    left join {{ ref('int_model_changes') }} as model_changes
        on versions.model_version = model_changes.model_version
    cross join active
)

select * from segment_models

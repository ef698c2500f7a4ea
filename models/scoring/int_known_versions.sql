-- One row per model version of a refresh that counts: whether it is active, and whether this
-- refresh scores with it.
with

refresh as (
    select
        active_version,
        candidate_version,
        previous_version
    from {{ ref('int_current_refresh') }}
),

versions as (
    select
        model_versions.refresh_number,
        model_versions.model_version,
        model_versions.segment_count,
        model_versions.is_accepted
    from {{ ref('int_model_versions') }} as model_versions
    inner join {{ ref('int_valid_refreshes') }} as refreshes
        on model_versions.refresh_number = refreshes.refresh_number
),

active as (
    select coalesce(versions.model_version, refresh.active_version) as model_version
    from refresh
    left join versions
        on
            refresh.candidate_version = versions.model_version
            and versions.is_accepted
),

int_known_versions as (
    select
        versions.*,
        versions.model_version = active.model_version as is_active,
        versions.model_version = active.model_version
        or coalesce(versions.model_version = refresh.previous_version, false) as is_scoring
    from versions
    cross join active
    cross join refresh
)

select * from int_known_versions

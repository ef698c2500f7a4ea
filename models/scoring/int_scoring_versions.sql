-- One row per model version that this refresh scores with: the active one, and the previous
-- refresh's if it differs.
with

refresh as (
    select *
    from {{ ref('int_current_refresh') }}
),

versions as (
    select model_versions.*
    from {{ ref('int_model_versions') }} as model_versions
    inner join {{ ref('int_valid_refreshes') }} as refreshes
        on model_versions.refresh_number = refreshes.refresh_number
),

in_use as (
    select coalesce(versions.model_version, refresh.active_version) as model_version
    from refresh
    left join versions
        on
            refresh.candidate_version = versions.model_version
            and versions.is_accepted
),

int_scoring_versions as (
    select
        versions.refresh_number,
        versions.model_version,
        versions.segment_count,
        versions.model_version = in_use.model_version as is_active
    from versions
    cross join in_use
    cross join refresh
    where versions.model_version in (in_use.model_version, refresh.previous_version)
)

select * from int_scoring_versions

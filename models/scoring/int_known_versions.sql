-- One row per model version of a refresh that counts: whether it is active, whether this refresh
-- scores with it, and the weights of its outlook.
{%- set scores = ['expected_spend', 'purchase_probability'] %}
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
        model_versions.is_accepted,
        model_versions.has_outlook
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

-- Versions that a person accepted have scored, too.
scored as (
    select distinct model_version
    from {{ ref('earlier_refreshes') }}
),

outlooks as (
    select
        {%- for score in scores %}
        max(case when row_kind = '{{ score }}' then bias end) as {{ score }}_bias,
        {%- for feature in feature_names() %}
        max(case when row_kind = '{{ score }}' then {{ feature }} end)
            as {{ score }}_{{ feature }},
        {%- endfor %}
        {%- endfor %}
        refresh_number
    from {{ ref('int_customers_clustered') }}
    where row_kind in ('expected_spend', 'purchase_probability')
    group by refresh_number
),

int_known_versions as (
    select
        versions.refresh_number,
        versions.model_version,
        versions.segment_count,
        versions.is_accepted or scored.model_version is not null as is_accepted,
        versions.model_version = active.model_version as is_active,
        versions.model_version = active.model_version
        or coalesce(versions.model_version = refresh.previous_version, false) as is_scoring,
        {%- for score in scores %}
        outlooks.{{ score }}_bias,
        {%- for feature in feature_names() %}
        outlooks.{{ score }}_{{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from versions
    left join outlooks
        on
            versions.refresh_number = outlooks.refresh_number
            and versions.has_outlook
    left join scored
        on versions.model_version = scored.model_version
    cross join active
    cross join refresh
)

select * from int_known_versions

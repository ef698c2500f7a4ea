-- One row per refresh started: which model it scores with, and whether and why it fits a new one.
{%- set decision = accept_model_setting() or {} %}
{%- set refit_after_days = refit_after_days_setting() %}
with

seen as (
    select
        snapshot_date,
        window_start
    from {{ ref('int_snapshot') }}
),

-- Hashed, because ids may have spaces: 'a b', 'c' must differ from 'a', 'b c'.
merged_pairs as (
    select {{ dbt.hash('from_customer_id') }} || {{ dbt.hash('into_customer_id') }} as pair_key
    from {{ ref('stg_customer_merges') }}
),

listed_ids as (
    select {{ texts_joined('pair_key', "' '", 'order by pair_key') }} as merged_ids
    from merged_pairs
),

merged as (
    select {{ dbt.hash("coalesce(merged_ids, '')") }} as customer_merges
    from listed_ids
),

completed as (
    select
        refresh_number,
        snapshot_date,
        model_version
    from {{ ref('earlier_refreshes') }}
),

versions as (
    select
        model_version,
        snapshot_date,
        settings,
        segment_count
    from {{ ref('earlier_model_versions') }}
),

next_refresh as (
    select refresh_number
    from {{ ref('next_refresh') }}
),

newest as (
    select max(model_version) as model_version
    from versions
),

last_scored as (
    select max(refresh_number) as refresh_number
    from completed
    where model_version is not null
),

-- The version that the last refresh scored with: it passed the gate or was accepted in it, or in
-- one before.
scored as (
    select max(completed.model_version) as model_version
    from completed
    inner join last_scored
        on completed.refresh_number = last_scored.refresh_number
),
{%- if decision %}

accepted as (
    select max(model_version) as model_version
    from versions
    where model_version = {{ decision.version }}
),
{%- endif %}

neighbours as (
    select
        max(
            case
                when completed.snapshot_date < seen.snapshot_date then completed.snapshot_date
            end
        ) as previous_snapshot_date,
        min(
            case
                when completed.snapshot_date > seen.snapshot_date then completed.snapshot_date
            end
        ) as next_snapshot_date
    from seen
    cross join completed
),

previous as (
    select
        completed.snapshot_date,
        completed.model_version as previous_version
    from completed
    inner join neighbours
        on completed.snapshot_date = neighbours.previous_snapshot_date
    order by completed.refresh_number desc
    limit 1
),

decided as (
    select
        next_refresh.refresh_number,
        seen.snapshot_date,
        seen.window_start,
        merged.customer_merges,
        neighbours.previous_snapshot_date,
        neighbours.next_snapshot_date,
        previous.previous_version,
        newest.model_version as newest_version,
        {{ decision.version or 'cast(null as integer)' }} as accepted_version,
        {{ text_literal(decision.by) if decision.by else as_text('null') }} as accepted_by,
        {{ text_literal(decision.reason) if decision.reason else as_text('null') }}
            as acceptance_reason,
        {%- if decision %}
        case
            when accepted.model_version is null
                then cast({{ raise_in_sql(
                    "'The variable accept_model is " ~ decision.version
                    ~ ": write the number of a version in segment_models (the newest is '"
                    ~ " || coalesce(" ~ as_text('newest.model_version') ~ ", 'none') || ').'"
                ) }} as integer)
            else accepted.model_version
        end as active_version,
        {{ as_text('null') }} as refit_reason
        {%- else %}
        scored.model_version as active_version,
        case
            when scored.model_version is null then 'first fit'
            {%- if boolean_setting('refit') %}
            when 1 = 1 then 'asked for'
            {%- endif %}
            when versions.settings <> '{{ model_settings() }}'
                then 'settings changed from ' || versions.settings || ' to {{ model_settings() }}'
            {%- if refit_after_days %}
            {%- set age = days_between('versions.snapshot_date', 'seen.snapshot_date') %}
            when {{ age }} >= {{ refit_after_days }}
                then 'fitted {{ refit_after_days }} days ago or more'
            {%- endif %}
        end as refit_reason
        {%- endif %}
    from seen
    cross join next_refresh
    cross join merged
    cross join newest
    cross join neighbours
    {%- if decision %}
    cross join accepted
    {%- else %}
    cross join scored
    {%- endif %}
    left join previous
        on neighbours.previous_snapshot_date = previous.snapshot_date
    left join versions
        on newest.model_version = versions.model_version
),

int_refreshes as (
    select
        decided.*,
        active.segment_count as active_segment_count,
        case
            when decided.refit_reason is not null then coalesce(decided.newest_version, 0) + 1
        end as candidate_version
    from decided
    left join versions as active
        on decided.active_version = active.model_version
)

select * from int_refreshes

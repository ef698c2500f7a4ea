-- One row per segment that ever existed: its name and suggested action, and whether the active
-- model has it.
with

versions as (
    select
        refresh_number,
        segment_count,
        is_active
    from {{ ref('int_known_versions') }}
),

prototypes as (
    select
        prototype_id,
        segment_name,
        suggested_action
    from {{ ref('stg_segment_prototypes') }}
),

-- A name belongs to its id, so any version that has the segment can supply it.
fitted as (
    select
        centroids.segment_id,
        max(centroids.prototype_id) as prototype_id,
        max(case when versions.is_active then 1 else 0 end) = 1 as is_active
    from {{ ref('int_segment_centroids') }} as centroids
    inner join versions
        on
            centroids.refresh_number = versions.refresh_number
            and centroids.segment_count = versions.segment_count
    group by centroids.segment_id
    {%- for prototype_id, segment_id in rule_segments().items() %}
    union all
    select
        {{ segment_id }} as segment_id,
        '{{ prototype_id }}' as prototype_id,
        true as is_active
    {%- endfor %}
),

int_segments as (
    select
        fitted.segment_id,
        fitted.prototype_id,
        -- There are more segments than prototypes, or a prototype was deleted: a number is better
        -- than no name.
        coalesce(
            prototypes.segment_name, 'Segment ' || {{ as_text('fitted.segment_id') }}
        ) as segment_name,
        prototypes.suggested_action,
        fitted.is_active
    from fitted
    left join prototypes
        on fitted.prototype_id = prototypes.prototype_id
)

select * from int_segments

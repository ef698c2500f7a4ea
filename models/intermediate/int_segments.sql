-- One row per segment in use: its name, and its centroid where it has one.
with

centroids as (
    select *
    from {{ ref('int_segment_centroids') }}
),

evaluations as (
    select segment_count
    from {{ ref('segment_count_evaluations') }}
    where is_chosen
),

prototypes as (
    select
        prototype_id,
        segment_name,
        suggested_action
    from {{ ref('segment_prototypes') }}
),

in_use as (
    select
        centroids.segment_id,
        centroids.prototype_id,
        {%- for feature in feature_names() %}
        centroids.centroid_{{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from centroids
    inner join evaluations
        on centroids.segment_count = evaluations.segment_count
    union all
    select
        {{ rule_segment().id }} as segment_id,
        '{{ rule_segment().prototype_id }}' as prototype_id,
        {%- for feature in feature_names() %}
        cast(null as double) as centroid_{{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
),

int_segments as (
    select
        in_use.*,
        -- More segments than prototypes, or a prototype that was deleted: a number is better than no name.
        coalesce(prototypes.segment_name, 'Segment ' || cast(in_use.segment_id as string)) as segment_name,
        prototypes.suggested_action
    from in_use
    left join prototypes
        on in_use.prototype_id = prototypes.prototype_id
)

select * from int_segments

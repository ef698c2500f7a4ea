-- One row per segment of the active model, from which a refit starts; empty if no refit is due or
-- there is no model yet.
with

refresh as (
    select active_version
    from {{ ref('int_current_refresh') }}
    where refit_reason is not null
),

versions as (
    select
        refresh_number,
        model_version,
        segment_count
    from {{ ref('earlier_model_versions') }}
),

centroids as (
    select *
    from {{ ref('earlier_segment_centroids') }}
),

scalers as (
    select *
    from {{ ref('earlier_scalers') }}
),

used as (
    -- An id is never reused, not even after its segment is gone.
    select max(centroids.segment_id) as last_segment_id
    from centroids
    inner join versions
        on
            centroids.model_version = versions.model_version
            and centroids.segment_count = versions.segment_count
),

int_warm_starts as (
    select
        centroids.segment_id,
        centroids.prototype_id,
        {%- for feature in feature_names() %}
        -- In logarithms, not in the old model's scaled units, because the new model has its own
        -- scaler.
        scalers.center_{{ feature }}
        + scalers.scale_{{ feature }} * centroids.centroid_{{ feature }} as {{ feature }},
        scalers.scale_{{ feature }},
        {%- endfor %}
        used.last_segment_id
    from refresh
    inner join versions
        on refresh.active_version = versions.model_version
    inner join centroids
        on
            versions.model_version = centroids.model_version
            and versions.segment_count = centroids.segment_count
    inner join scalers
        on versions.refresh_number = scalers.refresh_number
    cross join used
)

select * from int_warm_starts

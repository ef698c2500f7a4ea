-- One row per model version that this refresh scores with, and segment: the terms of its score.
with

versions as (
    select
        refresh_number,
        model_version,
        segment_count,
        is_active
    from {{ ref('int_known_versions') }}
    where is_scoring
),

scalers as (
    select *
    from {{ ref('int_scalers') }}
),

centroids as (
    select *
    from {{ ref('int_segment_centroids') }}
),

int_scoring_model as (
    select
        versions.model_version,
        versions.is_active,
        centroids.segment_id,
        row_number() over (
            partition by versions.model_version
            order by centroids.segment_id
        ) as slot,
        {%- for feature in feature_names() %}
        {{ score_weight('centroids', 'scalers', feature) }} as weight_{{ feature }},
        scalers.center_{{ feature }},
        scalers.scale_{{ feature }},
        {%- endfor %}
        {{ score_bias('centroids', 'scalers') }} as bias,
        centroids.atypical_distance
    from versions
    inner join scalers
        on versions.refresh_number = scalers.refresh_number
    inner join centroids
        on
            versions.refresh_number = centroids.refresh_number
            and versions.segment_count = centroids.segment_count
)

select * from int_scoring_model

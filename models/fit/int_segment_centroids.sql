-- One row per model version, number of segments and segment: the mean of its training customers in
-- scaled units.
with

refresh as (
    select refresh_number
    from {{ ref('int_current_refresh') }}
),

training_customers as (
    select clustered.*
    from {{ ref('int_customers_clustered') }} as clustered
    inner join refresh
        on clustered.refresh_number = refresh.refresh_number
    where clustered.row_kind is null
),

scalers as (
    select *
    from {{ ref('int_scalers') }}
),

scaled as (
    select
        training_customers.refresh_number,
        training_customers.model_version,
        training_customers.segment_count,
        training_customers.segment_id,
        training_customers.prototype_id,
        {%- for feature in feature_names() %}
        {%- set column = 'training_customers.' ~ feature %}
        {{ scaled_feature(column, 'scalers', feature) }} as scaled_{{ feature }},
        {%- endfor %}
        training_customers.silhouette,
        training_customers.bootstrap_ari
    from training_customers
    inner join scalers
        on training_customers.refresh_number = scalers.refresh_number
),

centroids as (
    select
        refresh_number,
        model_version,
        segment_count,
        segment_id,
        max(prototype_id) as prototype_id,
        {%- for feature in feature_names() %}
        {{ exact_mean('scaled_' ~ feature) }} as centroid_{{ feature }},
        {%- endfor %}
        max(bootstrap_ari) as bootstrap_ari,
        count(*) as training_customers,
        count(silhouette) as judged_customers,
        {{ exact_mean('silhouette') }} as mean_silhouette
    from scaled
    group by refresh_number, model_version, segment_count, segment_id
),

distances as (
    select
        centroids.segment_count,
        centroids.segment_id,
        centroids.training_customers,
        sqrt({{ squared_distance('scaled.scaled_', 'centroids.centroid_') }}) as distance
    from scaled
    inner join centroids
        on
            scaled.segment_count = centroids.segment_count
            and scaled.segment_id = centroids.segment_id
),

ranked as (
    select
        *,
        row_number() over (partition by segment_count, segment_id order by distance)
            as distance_rank
    from distances
),

spreads as (
    select
        segment_count,
        segment_id,
        {{ exact_mean('distance') }} as mean_distance,
        -- At least 99% of the training customers are as near.
        min(case when 100 * distance_rank >= 99 * training_customers then distance end)
            as atypical_distance
    from ranked
    group by segment_count, segment_id
),

int_segment_centroids as (
    select
        centroids.refresh_number,
        cast(centroids.model_version as integer) as model_version,
        cast(centroids.segment_count as integer) as segment_count,
        cast(centroids.segment_id as integer) as segment_id,
        centroids.prototype_id,
        centroids.bootstrap_ari,
        centroids.training_customers,
        centroids.judged_customers,
        centroids.mean_silhouette,
        spreads.mean_distance,
        spreads.atypical_distance,
        {%- for feature in feature_names() %}
        centroids.centroid_{{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from centroids
    inner join spreads
        on
            centroids.segment_count = spreads.segment_count
            and centroids.segment_id = spreads.segment_id
)

select * from int_segment_centroids

-- One row per number of segments and segment: the mean of its training customers, in scaled units.
with

training_customers as (
    select
        segment_count,
        customer_id,
        segment_id,
        prototype_id,
        {{ feature_names() | join(',\n        ') }},
        silhouette,
        bootstrap_ari
    from {{ ref('int_customers_clustered') }}
),

scalers as (
    select *
    from {{ ref('int_scalers') }}
),

scaled as (
    select
        training_customers.segment_count,
        training_customers.segment_id,
        training_customers.prototype_id,
        training_customers.silhouette,
        training_customers.bootstrap_ari,
        {%- for feature in feature_names() %}
        {{ scaled_feature(feature, 'scalers') }} as scaled_{{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from training_customers
    cross join scalers
),

centroids as (
    select
        segment_count,
        segment_id,
        max(prototype_id) as prototype_id,
        max(bootstrap_ari) as bootstrap_ari,
        count(*) as training_customers,
        count(silhouette) as judged_customers,
        {{ exact_mean('silhouette') }} as mean_silhouette,
        {%- for feature in feature_names() %}
        {{ exact_mean('scaled_' ~ feature) }} as centroid_{{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from scaled
    group by segment_count, segment_id
),

spreads as (
    select
        centroids.segment_count,
        centroids.segment_id,
        {{ exact_mean('sqrt(' ~ squared_distance('scaled.scaled_', 'centroids.centroid_') ~ ')') }} as mean_distance
    from scaled
    inner join centroids
        on
            scaled.segment_count = centroids.segment_count
            and scaled.segment_id = centroids.segment_id
    group by centroids.segment_count, centroids.segment_id
),

int_segment_centroids as (
    select
        centroids.*,
        spreads.mean_distance
    from centroids
    inner join spreads
        on
            centroids.segment_count = spreads.segment_count
            and centroids.segment_id = spreads.segment_id
)

select * from int_segment_centroids

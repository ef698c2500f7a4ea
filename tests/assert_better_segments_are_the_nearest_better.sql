-- Every customer whom the model put below a segment with a higher median has a move, and no other
-- such segment has a nearer centroid. One row per pair of customer and segment, from the stored
-- centroids. Checks a sample.
with

customers as (
    select
        segments.*,
        profiles.median_monetary as own_median
    from {{ ref('customer_segments') }} as segments
    inner join {{ ref('int_sampled_customers') }} as sampled_customers
        on segments.customer_id = sampled_customers.customer_id
    inner join {{ ref('segment_profiles') }} as profiles
        on segments.segment_id = profiles.segment_id
    where segments.assigned_by = 'model'
),

centroids as (
    select
        centroids.*,
        {%- for feature in feature_names() %}
        scalers.center_{{ feature }},
        scalers.scale_{{ feature }},
        {%- endfor %}
        profiles.median_monetary
    from {{ ref('int_segment_centroids') }} as centroids
    inner join {{ ref('int_known_versions') }} as versions
        on
            centroids.refresh_number = versions.refresh_number
            and centroids.segment_count = versions.segment_count
            and versions.is_active
    inner join {{ ref('int_scalers') }} as scalers
        on versions.refresh_number = scalers.refresh_number
    inner join {{ ref('segment_profiles') }} as profiles
        on centroids.segment_id = profiles.segment_id
),

pairs as (
    select
        customers.customer_id,
        centroids.segment_id as better_segment_id,
        {%- for feature in feature_names() %}
        {%- set scaled = scaled_feature('customers.' ~ feature, 'centroids', feature) %}
        {{ squared(scaled ~ ' - centroids.centroid_' ~ feature) }}{{ ' +' if not loop.last }}
        {%- endfor %} as distance
    from customers
    inner join centroids
        on customers.own_median < centroids.median_monetary
),

moves as (
    select moves.*
    from {{ ref('segment_moves') }} as moves
    inner join {{ ref('int_sampled_customers') }} as sampled_customers
        on moves.customer_id = sampled_customers.customer_id
),

nearest as (
    select
        customer_id,
        min(distance) as distance
    from pairs
    group by customer_id
)

select coalesce(nearest.customer_id, moves.customer_id) as customer_id
from nearest
full join moves
    on nearest.customer_id = moves.customer_id
left join pairs
    on
        moves.customer_id = pairs.customer_id
        and moves.better_segment_id = pairs.better_segment_id
where
    nearest.customer_id is null
    or moves.customer_id is null
    -- With two centroids at the same distance, either is right.
    or coalesce(pairs.distance > nearest.distance + 1e-9, true)

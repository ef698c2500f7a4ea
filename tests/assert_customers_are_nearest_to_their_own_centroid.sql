-- Recomputes distances and margins from the training customers alone, not from the stored scaler,
-- centroids or wide expression. Checks a sample.
with

trained as (
    select
        clustered.segment_id,
        {%- for feature in feature_names() %}
        ln(1 + clustered.{{ feature }}) as {{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_customers_clustered') }} as clustered
    inner join {{ ref('int_known_versions') }} as versions
        on
            clustered.refresh_number = versions.refresh_number
            and clustered.segment_count = versions.segment_count
            and versions.is_active
    where clustered.row_kind is null
),

scales as (
    select
        {%- for feature in feature_names() %}
        coalesce(nullif(stddev_pop({{ feature }}), 0), 1) as {{ feature }},
        {%- endfor %}
        count(*) as customers
    from trained
),

centroids as (
    select
        segment_id,
        {%- for feature in feature_names() %}
        avg({{ feature }}) as {{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from trained
    group by segment_id
),

distances as (
    select
        segments.customer_id,
        segments.segment_id,
        segments.segment_margin,
        centroids.segment_id as centroid_id,
        {%- for feature in feature_names() %}
        {%- set offset = 'ln(1 + segments.' ~ feature ~ ') - centroids.' ~ feature %}
        {{ squared('(' ~ offset ~ ') / scales.' ~ feature) }}
        {{- ' +' if not loop.last }}
        {%- endfor %} as distance
    from {{ ref('customer_segments') }} as segments
    inner join {{ ref('int_sampled_customers') }} as sampled_customers
        on segments.customer_id = sampled_customers.customer_id
    cross join centroids
    cross join scales
    where segments.assigned_by = 'model'
)

select own.customer_id
from distances as own
inner join distances as others
    on
        own.customer_id = others.customer_id
        and own.centroid_id <> others.centroid_id
where own.segment_id = own.centroid_id
group by own.customer_id, own.distance, own.segment_margin
having
    -- With two centroids at the same distance, either is right.
    min(others.distance) < own.distance - 1e-9
    or abs(1 - sqrt(own.distance / nullif(min(others.distance), 0)) - own.segment_margin) > 1e-6

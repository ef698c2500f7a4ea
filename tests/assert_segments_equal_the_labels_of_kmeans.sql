-- A training customer whose features have not changed since the fit is in the segment KMeans
-- assigned.
select
    clustered.customer_id,
    clustered.segment_id as label,
    scored.segment_id
from {{ ref('int_customers_clustered') }} as clustered
inner join {{ ref('int_known_versions') }} as versions
    on
        clustered.refresh_number = versions.refresh_number
        and clustered.segment_count = versions.segment_count
        and versions.is_active
inner join {{ ref('customer_features') }} as features
    on
        clustered.customer_id = features.customer_id
        {%- for feature in feature_names() %}
        and clustered.{{ feature }} = {{ as_double('features.' ~ feature) }}
        {%- endfor %}
left join {{ ref('customer_segments') }} as segments
    on clustered.customer_id = segments.customer_id
left join {{ ref('int_customers_scored') }} as scored
    on
        clustered.customer_id = scored.customer_id
        and scored.is_active
where
    scored.segment_id is distinct from clustered.segment_id
    or (segments.assigned_by = 'model' and segments.segment_id <> clustered.segment_id)

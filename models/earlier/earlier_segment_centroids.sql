-- One row per model version of a completed refresh, number of segments and segment.
{%- set columns = {
    'refresh_number': 'bigint',
    'model_version': 'integer',
    'segment_count': 'integer',
    'segment_id': 'integer',
    'prototype_id': 'string',
    'training_customers': 'bigint',
} %}
{%- for feature in feature_names() %}
{%- do columns.update({'centroid_' ~ feature: 'double'}) %}
{%- endfor %}
with

earlier_segment_centroids as (
    {{ completed_rows('int_segment_centroids', columns) }}
)

select * from earlier_segment_centroids

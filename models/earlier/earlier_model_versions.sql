-- One row per model version of a completed refresh.
{%- set columns = {
    'refresh_number': 'bigint',
    'model_version': 'integer',
    'snapshot_date': 'date',
    'settings': 'string',
    'segment_count': 'integer',
} %}
with

earlier_model_versions as (
    {{ completed_rows('int_model_versions', columns) }}
)

select * from earlier_model_versions

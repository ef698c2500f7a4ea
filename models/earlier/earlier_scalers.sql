-- One row per model version of a completed refresh.
{%- set columns = {
    'refresh_number': 'bigint',
    'model_version': 'integer',
} %}
{%- for feature in feature_names() %}
{%- do columns.update({'center_' ~ feature: 'double', 'scale_' ~ feature: 'double'}) %}
{%- endfor %}
with

earlier_scalers as (
    {{ completed_rows('int_scalers', columns) }}
)

select * from earlier_scalers

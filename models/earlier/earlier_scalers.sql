-- One row per refresh that fitted a model version, completed or not.
{%- set columns = {'refresh_number': 'bigint'} %}
{%- for feature in feature_names() %}
{%- do columns.update({'center_' ~ feature: 'double', 'scale_' ~ feature: 'double'}) %}
{%- endfor %}
with

earlier_scalers as (
    {{ earlier_rows('int_scalers', columns) }}
)

select * from earlier_scalers

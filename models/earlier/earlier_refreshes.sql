-- One row per completed refresh.
{%- set columns = {
    'refresh_number': 'bigint',
    'snapshot_date': 'date',
    'window_start': 'date',
    'model_version': 'integer',
    'lines_to_date': 'bigint',
    'lines_in_window': 'bigint',
    'source_lines': 'string',
    'best_sellers': 'string',
    'refit_recommended': 'boolean',
    'control_share': 'double',
} %}
with

earlier_refreshes as (
    {{ completed_refreshes_before(columns) }}
)

select * from earlier_refreshes

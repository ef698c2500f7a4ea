-- One row per data check; one row per subject if a check covers several.
{%- set measured = [
    'lines', 'rejections', 'deliveries', 'kinds', 'orders', 'source', 'identity', 'transactions',
    'amounts', 'products', 'files', 'customers', 'fitness'
] %}
with

measures as (
    {%- for name in measured %}
    select
        check_name,
        subject,
        value,
        detail
    from {{ ref('int_measured_' ~ name) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

judged as (
    {{ judged('measures', facts=['subject', 'detail']) }}
),

segment_data_checks as (
    select
        about,
        check_name,
        subject,
        value,
        warn_threshold,
        fail_threshold,
        bad_side,
        status,
        verdict
    from judged
)

select * from segment_data_checks

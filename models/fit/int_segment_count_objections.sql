-- One row per number of segments of the model version being fitted and check that it fails.
with

measures as (
    select
        segment_count,
        bootstrap_ari,
        smallest_share,
        feature_balance
    from {{ ref('int_segment_count_measures') }}
),

measured as (
    {%- for name in ['bootstrap_ari', 'smallest_share', 'feature_balance', 'segment_count'] %}
    select
        segment_count,
        '{{ name }}' as check_name,
        {{ as_double(name) }} as value
    from measures
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

judged as (
    {{ judged('measured') }}
),

int_segment_count_objections as (
    select
        segment_count,
        check_name,
        value,
        fail_threshold,
        verdict as objection
    from judged
    where status = 'fail'
)

select * from int_segment_count_objections

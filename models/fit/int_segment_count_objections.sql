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
    select
        segment_count,
        'bootstrap_ari' as check_name,
        bootstrap_ari as value
    from measures
    union all
    select
        segment_count,
        'smallest_share' as check_name,
        smallest_share as value
    from measures
    union all
    select
        segment_count,
        'feature_balance' as check_name,
        feature_balance as value
    from measures
    union all
    select
        segment_count,
        'segment_count' as check_name,
        {{ as_double('segment_count') }} as value
    from measures
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

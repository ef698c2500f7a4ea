-- One row per gate check that the model version being fitted fails.
with

measures as (
    select *
    from {{ ref('int_gate_measures') }}
),

measured as (
    select
        'contradicted_prototypes' as check_name,
        {{ as_double('contradicted_prototypes') }} as value
    from measures
    union all
    select
        'empty_segments' as check_name,
        {{ as_double('empty_segments') }} as value
    from measures
    union all
    select
        'moved_share' as check_name,
        moved_share as value
    from measures
    where is_comparable
    union all
    select
        'smallest_segment_share' as check_name,
        smallest_share as value
    from measures
    union all
    select
        'unlabelled_customers' as check_name,
        {{ as_double('unlabelled_customers') }} as value
    from measures
),

judged as (
    {{ judged('measured') }}
),

int_gate_objections as (
    select
        check_name,
        value,
        fail_threshold,
        verdict as objection
    from judged
    where status = 'fail'
)

select * from int_gate_objections

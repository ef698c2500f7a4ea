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
        'moved_share_after_drift' as check_name,
        moved_share as value
    from measures
    where is_comparable
    union all
    select
        'segment_drift' as check_name,
        segment_drift as value
    from measures
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

-- Whether the last refresh recommended a refit, perhaps this one.
last_refresh as (
    select completed.refit_recommended
    from {{ ref('earlier_refreshes') }} as completed
    inner join {{ ref('int_current_refresh') }} as refresh
        on completed.snapshot_date <= refresh.snapshot_date
    order by completed.refresh_number desc
    limit 1
),

drift as (
    select count(*) > 0 as has_drifted
    from (
        select check_name
        from judged
        where
            check_name = 'segment_drift'
            and status <> 'ok'
        union all
        select 'refit_recommended' as check_name
        from last_refresh
        where refit_recommended
    ) as reasons
),

-- Drifted customers may move more.
int_gate_objections as (
    select
        judged.check_name,
        judged.value,
        judged.fail_threshold,
        judged.verdict as objection
    from judged
    cross join drift
    where
        judged.status = 'fail'
        and judged.check_name
        <> case when drift.has_drifted then 'moved_share' else 'moved_share_after_drift' end
)

select * from int_gate_objections

-- One row: the refresh being built.
with

refreshes as (
    select
        *,
        row_number() over (order by refresh_number desc) as newest_rank
    from {{ ref('int_refreshes') }}
),

int_current_refresh as (
    select
        refresh_number,
        snapshot_date,
        window_start,
        customer_merges,
        previous_snapshot_date,
        next_snapshot_date,
        previous_version,
        active_version,
        active_segment_count,
        candidate_version,
        refit_reason
    from refreshes
    where newest_rank = 1
)

select * from int_current_refresh

-- One row per refresh whose state counts: completed, or being built.
with

completed as (
    select
        refresh_number,
        snapshot_date
    from {{ ref('earlier_refreshes') }}
),

current_refresh as (
    select
        refresh_number,
        snapshot_date
    from {{ ref('int_current_refresh') }}
),

int_valid_refreshes as (
    select
        refresh_number,
        snapshot_date
    from completed
    union distinct
    select
        refresh_number,
        snapshot_date
    from current_refresh
)

select * from int_valid_refreshes

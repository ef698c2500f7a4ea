-- The customers of the transitions are exactly those whose segment differs between consecutive
-- refreshes.
with

refresh as (
    select
        snapshot_date,
        previous_snapshot_date
    from {{ ref('int_current_refresh') }}
),

previous_segments as (
    select
        history.customer_id,
        history.segment_id
    from {{ ref('segment_history') }} as history
    inner join refresh
        on
            history.valid_from <= refresh.previous_snapshot_date
            and coalesce(history.valid_to > refresh.previous_snapshot_date, true)
),

changed as (
    select count(*) as customers
    from {{ ref('customer_segments') }} as segments
    full outer join previous_segments
        on segments.customer_id = previous_segments.customer_id
    where segments.segment_id is distinct from previous_segments.segment_id
),

explained as (
    select coalesce(sum(transitions.customers), 0) as customers
    from {{ ref('segment_transitions') }} as transitions
    inner join refresh
        on transitions.snapshot_date = refresh.snapshot_date
)

select
    changed.customers as changed_customers,
    explained.customers as explained_customers
from changed
cross join explained
where changed.customers <> explained.customers

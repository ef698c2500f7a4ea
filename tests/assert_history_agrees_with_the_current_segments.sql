-- At the snapshot date the history has the same segments as customer_segments.
with

refresh as (
    select snapshot_date
    from {{ ref('int_current_refresh') }}
),

history as (
    select
        history.customer_id,
        history.segment_id,
        history.valid_from
    from {{ ref('segment_history') }} as history
    inner join refresh
        on
            history.valid_from <= refresh.snapshot_date
            and coalesce(history.valid_to > refresh.snapshot_date, true)
)

select coalesce(segments.customer_id, history.customer_id) as customer_id
from {{ ref('customer_segments') }} as segments
full outer join history
    on segments.customer_id = history.customer_id
where
    segments.segment_id is distinct from history.segment_id
    or segments.segment_since <> history.valid_from

-- One row per from, to and cause at this refresh, the most customers first.
select
    from_segment_id,
    from_segment_name,
    to_segment_id,
    to_segment_name,
    cause,
    customers,
    revenue
from segment_transitions
where snapshot_date = $today
order by
    customers desc,
    from_segment_id asc nulls last,
    to_segment_id asc nulls last,
    cause asc

-- One row per cause: the customers who changed segment at this refresh. New customers and those
-- who are gone did not change one.
select
    cause,
    sum(customers) as customers
from segment_transitions
where
    snapshot_date = $today
    and from_segment_id is not null
    and to_segment_id is not null
group by cause
order by cause

-- One row: the refresh before this one; null at the first.
select max(snapshot_date) as date_before
from segment_transitions
where snapshot_date < $today

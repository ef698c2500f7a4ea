-- One row per segment: the customers who were in it at the refresh before.
select
    segment_id,
    segment_name,
    count(*) as customers
from customer_segments
where segment_since < $today
group by segment_id, segment_name
order by segment_id

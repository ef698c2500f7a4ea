-- One row per customer with net spend, at most $points: the first by hash of the customer id,
-- which are the same customers in every report.
select
    segment_id,
    recency_days,
    cast(monetary as double) as monetary,
    count(*) over () as customers
from customer_segments
where monetary > 0
order by md5(customer_id), customer_id
limit $points

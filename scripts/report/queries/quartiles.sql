-- One row per segment: the quartiles of its customers with net spend.
select
    segment_id,
    count(*) as customers,
    quantile_cont(recency_days, [0.25, 0.5, 0.75]) as recency_days,
    quantile_cont(cast(monetary as double), [0.25, 0.5, 0.75]) as monetary
from customer_segments
where monetary > 0
group by segment_id
order by segment_id

-- One row per recency and frequency score: its customers, their revenue, and the segment of most.
select
    recency_score,
    frequency_score,
    count(*) as customers,
    sum(monetary) as revenue,
    mode(segment_id order by segment_id) as segment_id
from customer_segments
where recency_score is not null
group by recency_score, frequency_score
order by recency_score, frequency_score

-- One row: how many customers have net spend, and how many have none.
select
    count(*) filter (where monetary > 0) as with_spend,
    count(*) filter (where monetary <= 0) as without_spend
from customer_segments

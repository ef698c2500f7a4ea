-- One row: how many customers have net spend in the observation window, and how many have none.
select
    count(*) filter (where monetary > 0) as with_spend,
    count(*) filter (where coalesce(monetary, 0) <= 0) as without_spend
from customer_segments

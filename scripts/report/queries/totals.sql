-- One row: all customers and their revenue.
select
    coalesce(sum(customers), 0) as customers,
    cast(coalesce(sum(revenue), 0) as decimal(28, 4)) as revenue
from segment_profiles

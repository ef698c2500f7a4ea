-- One row: the median of each feature over all customers.
select
    cast(median(recency_days) as double) as recency_days,
    cast(median(frequency) as double) as frequency,
    cast(median(monetary) as double) as monetary,
    cast(median(length_days) as double) as length_days,
    cast(median(average_spend) as double) as average_spend,
    cast(median(unique_products) as double) as unique_products
from customer_segments

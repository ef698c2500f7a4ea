-- One row per segment, in the order of the page: the most revenue first, segments that a rule
-- assigns last.
select
    segment_id,
    segment_name,
    customers,
    customer_share,
    revenue,
    revenue_share,
    median_recency_days,
    median_frequency,
    median_monetary,
    median_length_days,
    median_average_spend,
    median_unique_products,
    suggested_action,
    median_days_since_last_purchase,
    net_spend_to_date,
    row_number() over (
        order by segment_id <= 0, segment_id
    ) as color_number
from segment_profiles
order by segment_id <= 0 asc, revenue desc, segment_id asc

-- One row per segment, in the order of the page: the most revenue first, the rule segment last.
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
    row_number() over (
        order by segment_id = $rule_segment, segment_id
    ) as color_number
from segment_profiles
order by segment_id = $rule_segment asc, revenue desc, segment_id asc

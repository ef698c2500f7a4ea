-- One row per segment, in the order of the page: the most revenue first, segments that a rule
-- assigns last. `largest_share` is what its largest customer brings of its revenue.
with

largest as (
    select
        segment_id,
        first(customer_id order by monetary desc nulls last, customer_id asc) as largest_customer,
        cast(max(monetary) / nullif(sum(monetary), 0) as double) as largest_share
    from customer_segments
    group by segment_id
)

select
    profiles.segment_id,
    profiles.segment_name,
    profiles.customers,
    profiles.customer_share,
    profiles.revenue,
    profiles.revenue_share,
    profiles.mean_monetary,
    profiles.median_recency_days,
    profiles.median_frequency,
    profiles.median_monetary,
    profiles.median_length_days,
    profiles.median_average_spend,
    profiles.median_unique_products,
    profiles.suggested_action,
    profiles.segment_rule,
    profiles.rule_precision,
    profiles.median_days_since_last_purchase,
    profiles.net_spend_to_date,
    profiles.overdue_days,
    profiles.overdue_customers,
    profiles.expected_spend,
    profiles.expected_buyers,
    largest.largest_customer,
    largest.largest_share
from segment_profiles as profiles
left join largest
    on profiles.segment_id = largest.segment_id
order by profiles.segment_id <= 0 asc, profiles.revenue desc, profiles.segment_id asc

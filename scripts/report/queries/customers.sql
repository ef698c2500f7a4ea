-- One row per customer to list, at most $rows per segment: the first by value, by outlook, and by
-- value of those who just moved. The value of a lapsed customer is the net spend to date.
with

customers as (
    select
        segments.segment_id,
        segments.customer_id,
        coalesce(segments.monetary, segments.net_spend_to_date, 0) as value,
        segments.transactions_to_date,
        segments.days_since_last_purchase,
        segments.is_overdue,
        segments.expected_spend,
        segments.second_segment_name,
        segments.decided_by,
        segments.assigned_by,
        segments.segment_since,
        segments.segment_since = segments.snapshot_date as just_moved,
        left_one.segment_name as left_segment_name
    from customer_segments as segments
    left join segment_history as left_one
        on
            segments.customer_id = left_one.customer_id
            and segments.segment_since = left_one.valid_to
),

ranked as (
    select
        *,
        least(
            row_number() over (partition by segment_id order by value desc, customer_id asc),
            row_number() over (
                partition by segment_id order by expected_spend desc nulls last, customer_id asc
            ),
            row_number() over (
                partition by segment_id order by just_moved desc, value desc, customer_id asc
            )
        ) as best_rank
    from customers
)

select *
from ranked
qualify row_number() over (partition by segment_id order by best_rank, customer_id) <= $rows
order by segment_id asc, value desc, customer_id asc

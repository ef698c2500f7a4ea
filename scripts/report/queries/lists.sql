-- One row per list of today and customer, at most $rows per list; `listed` and `worth` are of the
-- whole list. A segment is better the more its median customer spends.
with

standings as (
    select
        segment_id,
        rank() over (order by median_monetary asc nulls first, segment_id asc) as standing
    from segment_profiles
),

medians as (
    select
        median(monetary) as monetary,
        median(net_spend_to_date) as net_spend_to_date
    from customer_segments
),

customers as (
    select
        segments.customer_id,
        segments.segment_id,
        segments.segment_name,
        segments.days_since_last_purchase,
        segments.is_overdue,
        segments.overdue_after,
        segments.first_purchase_to_date,
        coalesce(segments.monetary, 0) as monetary,
        segments.net_spend_to_date,
        segments.monetary > medians.monetary as spends_much,
        segments.net_spend_to_date > medians.net_spend_to_date as spent_much,
        left_one.segment_name as left_segment_name,
        now.standing > earlier.standing as is_better,
        now.standing < earlier.standing as is_worse
    from customer_segments as segments
    cross join medians
    -- A refit or a person moves nobody up or down.
    left join segment_history as history
        on
            segments.customer_id = history.customer_id
            and segments.snapshot_date = history.valid_from
            and history.cause in ('behaviour', 'won back')
    left join segment_history as left_one
        on
            history.customer_id = left_one.customer_id
            and history.valid_from = left_one.valid_to
    left join standings as now
        on segments.segment_id = now.segment_id
    left join standings as earlier
        on left_one.segment_id = earlier.segment_id
    -- A control group is left alone.
    where segments.is_control is not true
),

listed as (
    select
        *,
        case
            when segment_id = -1 then 'win back'
            when spends_much and (is_worse or is_overdue) then 'slipping'
            else 'rising'
        end as list_name,
        case when segment_id = -1 then net_spend_to_date else monetary end as value
    from customers
    where
        (segment_id = -1 and spent_much)
        or (segment_id <> -1 and spends_much and (is_worse or is_overdue))
        or (segment_id > 0 and is_better)
        or (segment_id > 0 and first_purchase_to_date >= $date_before and spends_much)
)

select
    list_name,
    customer_id,
    segment_id,
    segment_name,
    left_segment_name,
    days_since_last_purchase,
    if(is_overdue, overdue_after, null) as overdue_after,
    value,
    count(*) over (partition by list_name) as listed,
    sum(value) over (partition by list_name) as worth
from listed
qualify row_number() over (partition by list_name order by value desc, customer_id asc) <= $rows
order by list_name asc, value desc, customer_id asc

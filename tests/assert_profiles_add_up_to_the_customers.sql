-- Each profile has the customers and revenue of its segment, as has the summary of the history,
-- and the shares are of the total.
with

segments as (
    select
        segment_id,
        count(*) as customers,
        sum(monetary) as revenue
    from {{ ref('customer_segments') }}
    group by segment_id
)

select profiles.segment_id
from {{ ref('segment_profiles') }} as profiles
full outer join segments
    on profiles.segment_id = segments.segment_id
where
    profiles.segment_id is null
    or profiles.customers <> coalesce(segments.customers, 0)
    or profiles.revenue <> coalesce(segments.revenue, 0)
union all
select segments.segment_id
from segments
left join {{ ref('segment_history_summary') }} as history_summary
    on
        segments.segment_id = history_summary.segment_id
        and history_summary.snapshot_date = (
            select refresh.snapshot_date from {{ ref('int_current_refresh') }} as refresh
        )
where
    history_summary.customers is distinct from segments.customers
    or history_summary.revenue is distinct from coalesce(segments.revenue, 0)
union all
select null as segment_id
from {{ ref('segment_profiles') }}
having abs(sum(customer_share) - 1) > 1e-9 and sum(customers) > 0

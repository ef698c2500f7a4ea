-- Each profile has the customers and revenue of its segment, and the shares are of the total.
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
select null as segment_id
from {{ ref('segment_profiles') }}
having abs(sum(customer_share) - 1) > 1e-9 and sum(customers) > 0

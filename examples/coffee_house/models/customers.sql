-- One row per customer, buyer or not: the name and the segment. Selected with what it reads, this
-- selects a whole refresh, and is built once that has passed every test:
-- depends_on: {{ ref('customer_segmentation', 'completed_refreshes') }}
select
    customers.id as customer_id,
    customers.name,
    segments.segment_name,
    segments.monetary
from {{ ref('raw_customers') }} as customers
left join {{ ref('customer_segmentation', 'customer_segments') }} as segments
    on customers.id = segments.customer_id

-- Champions must be recent: a segment may not be on the opposite side of the prototype that gave
-- it its name. Checks a sample.
with

customers as (
    select
        segments.*,
        names.prototype_id
    from {{ ref('customer_segments') }} as segments
    inner join {{ ref('int_sampled_customers') }} as sampled_customers
        on segments.customer_id = sampled_customers.customer_id
    inner join {{ ref('int_segments') }} as names
        on segments.segment_id = names.segment_id
    where segments.assigned_by = 'model'
)

{{ segments_against_their_prototype('customers') }}

-- One row per customer who works here: assigned to a segment by the shop.
select
    id as customer_id,
    'Passers-by' as segment,
    'staff discount' as reason,
    null as valid_from,
    null as valid_until
from {{ ref('raw_customers') }}
where is_staff

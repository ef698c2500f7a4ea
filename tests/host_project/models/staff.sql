-- One row per customer who works here: a segment of their own choosing.
select
    id as customer_id,
    'Passers-by' as segment,
    'staff discount' as reason,
    null as valid_from,
    null as valid_until
from {{ ref('raw_customers') }}
where is_staff

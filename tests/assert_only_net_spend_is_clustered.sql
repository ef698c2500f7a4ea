-- The model assigns the customers with net spend, and the rule assigns all others, unless an
-- override applies.
select
    customer_id,
    monetary,
    assigned_by
from {{ ref('customer_segments') }}
where assigned_by <> 'override' and (assigned_by = 'model') <> (monetary > 0)

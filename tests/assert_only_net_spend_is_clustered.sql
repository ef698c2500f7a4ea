-- The model assigns the customers with net spend and the rule all others, unless an override says
-- otherwise.
select
    customer_id,
    monetary,
    assigned_by
from {{ ref('customer_segments') }}
where assigned_by <> 'override' and (assigned_by = 'model') <> (monetary > 0)

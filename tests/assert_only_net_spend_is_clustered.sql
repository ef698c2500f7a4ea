-- The model assigns customers with net spend in the observation window, and a rule all others,
-- unless an override applies: those who bought before the window alone have lapsed.
{%- set rules = rule_segments() %}
select
    customer_id,
    monetary,
    assigned_by,
    segment_id
from {{ ref('customer_segments') }}
where
    assigned_by <> 'override'
    and (
        (assigned_by = 'model') <> coalesce(monetary > 0, false)
        or (segment_id > 0) <> (assigned_by = 'model')
        or (segment_id = {{ rules.lapsed }}) <> (monetary is null and transactions_to_date > 0)
    )

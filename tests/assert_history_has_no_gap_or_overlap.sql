-- A customer's periods follow each other. Each ends with a change and knows the segment before it.
with

ordered as (
    select
        *,
        lead(valid_from) over (partition by customer_id order by valid_from) as next_valid_from,
        lead(segment_id) over (partition by customer_id order by valid_from) as next_segment_id,
        lead(previous_segment_id) over (partition by customer_id order by valid_from)
            as next_previous_segment_id
    from {{ ref('segment_history') }}
)

select customer_id
from ordered
where
    valid_to <= valid_from
    or next_valid_from < valid_to
    or (next_valid_from is not null and valid_to is null)
    or (next_valid_from = valid_to and next_segment_id = segment_id)
    or (next_valid_from = valid_to and next_previous_segment_id is distinct from segment_id)
    or (next_valid_from > valid_to and next_previous_segment_id is not null)

-- An override of an unknown customer or segment is said, not ignored.
select
    customer_id,
    segment,
    problem
from {{ ref('int_segment_overrides') }}
where problem is not null

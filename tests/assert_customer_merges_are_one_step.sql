-- An id merged into an id that is itself merged away, or merged twice, has no one customer to go
-- to.
select customer_merges.from_customer_id
from {{ ref(var('customer_merges', 'customer_merges')) }} as customer_merges
inner join {{ ref(var('customer_merges', 'customer_merges')) }} as others
    on
        customer_merges.into_customer_id = others.from_customer_id
        or (
            customer_merges.from_customer_id = others.from_customer_id
            and customer_merges.into_customer_id < others.into_customer_id
        )

-- An id that is listed twice, or merged into an id that is itself merged, has no single customer.
with

customer_merges as (
    select
        from_customer_id,
        into_customer_id
    from {{ model_or_seed('customer_merges') }}
)

select listed.from_customer_id
from customer_merges as listed
left join customer_merges as further
    on listed.into_customer_id = further.from_customer_id
group by listed.from_customer_id
having count(*) > 1 or count(further.from_customer_id) > 0

-- An id that is listed twice, or goes into an id that is itself merged away, has no one customer.
{% call said('fail') %}
with

customer_merges as (
    select
        from_customer_id,
        into_customer_id
    from {{ model_or_seed('customer_merges') }}
),

unclear as (
    select listed.from_customer_id
    from customer_merges as listed
    left join customer_merges as further
        on listed.into_customer_id = further.from_customer_id
    group by listed.from_customer_id
    having count(*) > 1 or count(further.from_customer_id) > 0
),

examples as (
    select
        count(*) as id_count,
        min(from_customer_id) as first_id,
        max(from_customer_id) as last_id
    from unclear
)

select
    'Ids in customer_merges that do not lead to one customer: ' || {{ whole_number_text('id_count') }}
    || ', such as ' || first_id || ' and ' || last_id
    || '. List each id once, leave out rows that merge an id into itself, and merge a chain of ids'
    || ' into its last one.' as sentence
from examples
where id_count > 0
{% endcall %}

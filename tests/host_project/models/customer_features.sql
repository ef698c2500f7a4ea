-- One row per customer: the shop's own table under a name that the package uses too.
select
    customer_id,
    count(*) as purchases
from {{ ref('raw_orders') }}
group by customer_id

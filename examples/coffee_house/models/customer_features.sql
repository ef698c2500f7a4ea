-- One row per customer: the shop's own table, with a name that the package also uses.
select
    customer_id,
    count(*) as purchases
from {{ ref('raw_orders') }}
group by customer_id

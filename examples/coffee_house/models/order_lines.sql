-- One row per ordered item, as customer segmentation reads it: of one brand, or of both.
select
    orders.id as order_id,
    orders.customer_id as buyer,
    items.sku,
    orders.ordered_at,
    items.price_cents / 100.0 as price
from {{ ref('raw_items') }} as items
inner join {{ ref('raw_orders') }} as orders
    on items.order_id = orders.id
where items.sku like '{{ var('sku_of_brand').get(target.name, '') }}%'

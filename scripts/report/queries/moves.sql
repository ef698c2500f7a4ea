-- One row per segment: how many customers each change, alone, would move to a better segment,
-- and the median size of that change.
select
    segment_id,
    count(more_orders) as more_orders_customers,
    count(more_money) as more_money_customers,
    count(fewer_days) as fewer_days_customers,
    quantile_disc(more_orders, 0.5) as more_orders,
    quantile_disc(more_money, 0.5) as more_money,
    quantile_disc(fewer_days, 0.5) as fewer_days
from segment_moves
group by segment_id

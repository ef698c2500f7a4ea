-- First and last purchase are between the first day of the window and the day before the snapshot
-- date.
select
    customers.customer_id,
    customers.first_purchase_date,
    customers.last_purchase_date,
    int_snapshot.window_start,
    int_snapshot.snapshot_date
from {{ ref('customer_features') }} as customers
cross join {{ ref('int_snapshot') }} as int_snapshot
where
    customers.first_purchase_date < int_snapshot.window_start
    or customers.first_purchase_date > customers.last_purchase_date
    or customers.last_purchase_date >= int_snapshot.snapshot_date
    or customers.snapshot_date <> int_snapshot.snapshot_date

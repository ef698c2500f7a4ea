-- One row; null where there is no customer.
select max(snapshot_date) as snapshot_date
from customer_segments

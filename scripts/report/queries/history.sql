-- One row per refresh and segment, up to the refresh of the page.
select
    snapshot_date,
    segment_id,
    segment_name,
    customers,
    revenue,
    customers_in,
    customers_out
from segment_history_summary
where snapshot_date <= $today
order by snapshot_date, segment_id

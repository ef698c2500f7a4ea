-- One row per cohort and segment: the customers who first bought in that quarter, or year where
-- the data span more than three.
with

customers as (
    select
        segment_id,
        first_purchase_to_date,
        max(first_purchase_to_date) over ()
        - min(first_purchase_to_date) over () > 3 * 365 as spans_years
    from customer_segments
    where first_purchase_to_date is not null
)

select
    if(spans_years, '', 'Q' || quarter(first_purchase_to_date) || ' ')
    || year(first_purchase_to_date) as cohort,
    segment_id,
    min(first_purchase_to_date) as first_date,
    count(*) as customers
from customers
group by cohort, segment_id
order by first_date, segment_id

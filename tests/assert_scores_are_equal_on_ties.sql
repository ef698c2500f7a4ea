-- Customers with the same recency, frequency or net spend have the same score for it.
select
    'recency_score' as score,
    count(*) as tied_customers
from {{ ref('customer_features') }}
group by recency_days
having min(recency_score) < max(recency_score)

union all

select
    'frequency_score' as score,
    count(*) as tied_customers
from {{ ref('customer_features') }}
group by frequency
having min(frequency_score) < max(frequency_score)

union all

select
    'monetary_score' as score,
    count(*) as tied_customers
from {{ ref('customer_features') }}
group by monetary
having min(monetary_score) < max(monetary_score)

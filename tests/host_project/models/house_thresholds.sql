-- The package's thresholds, except that a small shop warns at fewer customers.
select * replace (if(check_name = 'buyers', 20, warn_threshold) as warn_threshold)
from {{ ref('customer_segmentation', 'check_thresholds') }}

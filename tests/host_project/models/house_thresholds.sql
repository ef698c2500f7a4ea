-- The thresholds of the package, but that a small house has fewer regulars than it warns of.
select * replace (if(check_name = 'buyers', 20, warn_threshold) as warn_threshold)
from {{ ref('customer_segmentation', 'check_thresholds') }}

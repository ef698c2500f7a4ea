-- The package's thresholds, for a small shop whose orders list each cup on a line of its own.
select * replace (
    case check_name
        when 'buyers' then 20
        when 'duplicate_share' then 0.2
        else warn_threshold
    end as warn_threshold
)
from {{ ref('customer_segmentation', 'check_thresholds') }}

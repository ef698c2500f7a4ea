-- Nobody is lost between the features and the segments.
select features.customer_id
from {{ ref('customer_features') }} as features
left join {{ ref('customer_segments') }} as segments
    on features.customer_id = segments.customer_id
where segments.segment_id is null

-- Too few customers, or too much alike, for the number of segments asked for; nobody at all counts
-- as none.
{%- set asked = segment_count_setting() or 3 %}
select count(*) as segments
from {{ ref('segment_profiles') }}
where segment_id <> {{ rule_segment().id }}
having count(*) < {{ asked }}

-- The customers are too few, or too much alike, for the requested number of segments. No customers
-- count as no segments.
{%- set asked = segment_count_setting() or 3 %}
{% call said('warn') %}
select
    'There are ' || {{ as_text('count(*)') }} || ' segments, fewer than the {{ asked }} asked for:'
    || ' there are too few customers, or they are too much alike.' as sentence
from {{ ref('segment_profiles') }}
where segment_id > 0
having count(*) < {{ asked }}
{% endcall %}

-- An override of an unknown customer or segment is reported, not ignored.
{% call said('warn') %}
select
    'The override of customer ' || coalesce(customer_id, 'null') || ' with the segment '
    || coalesce(segment, 'null') || ' does not apply: ' || problem
    || '. Correct it in the table that the variable segment_overrides names.' as sentence
from {{ ref('int_segment_overrides') }}
where problem is not null
order by customer_id, segment
{% endcall %}

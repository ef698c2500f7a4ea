-- Stops a refresh whose data are past a fail threshold, and prints the verdicts.
{% call said('fail') %}
select verdict
from {{ ref('segment_data_checks') }}
where status = 'fail'
order by check_name, subject
{% endcall %}

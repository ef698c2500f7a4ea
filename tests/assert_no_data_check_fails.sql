-- Stops a refresh whose data are beyond a fail threshold, with the verdicts.
{% call said('fail') %}
select verdict
from {{ ref('data_checks') }}
where status = 'fail'
order by check_name, subject
{% endcall %}

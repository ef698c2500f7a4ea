-- Says what is unusual in the data, or makes them unfit for segmentation.
{% call said('warn') %}
select verdict
from {{ ref('segment_data_checks') }}
where status = 'warn'
order by check_name, subject
{% endcall %}

-- A table of thresholds that lacks a check would silently switch it off.
{% call said('fail') %}
select
    'The check ' || known.check_name || ' is missing from the table that the variable check_thresholds'
    || ' names: add its row of seeds/check_thresholds.csv, with empty thresholds to switch it off.'
        as sentence
from {{ ref('customer_segmentation', 'check_thresholds') }} as known
left join {{ ref('stg_check_thresholds') }} as thresholds
    on known.check_name = thresholds.check_name
where thresholds.check_name is null
order by known.check_name
{% endcall %}

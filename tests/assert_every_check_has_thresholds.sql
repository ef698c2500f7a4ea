-- A table of thresholds that lacks a check would silently switch it off, and so would a check that
-- is measured under another name. Three checks have a row only where there is something to say.
{% call said('fail') %}
select
    'The check ' || known.check_name || ' is missing from the table that the variable check_thresholds'
    || ' names: add its row of seeds/check_thresholds.csv, with empty thresholds to switch it off.'
        as sentence
from {{ ref('customer_segmentation', 'check_thresholds') }} as known
left join {{ ref('stg_check_thresholds') }} as thresholds
    on known.check_name = thresholds.check_name
where thresholds.check_name is null
union all
select 'The check ' || known.check_name || ' was not measured: report this as a fault.' as sentence
from {{ ref('customer_segmentation', 'check_thresholds') }} as known
left join {{ ref('data_checks') }} as measured
    on known.check_name = measured.check_name
where
    measured.check_name is null
    and known.about in ('arrival', 'fitness')
    and known.check_name not in (
        'delivery_rejected_share', 'rejection_reason_share', 'placeholder_customer_share'
    )
order by sentence
{% endcall %}

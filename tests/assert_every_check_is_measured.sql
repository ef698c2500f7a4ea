-- A check that is measured under a name of its own would silently be gone. Seven checks have a row
-- only where there is something to say.
{% call said('fail') %}
select 'The check ' || known.check_name || ' was not measured: report this as a fault.' as sentence
from {{ ref('customer_segmentation', 'check_thresholds') }} as known
left join {{ ref('segment_data_checks') }} as measured
    on known.check_name = measured.check_name
where
    measured.check_name is null
    and known.about in ('arrival', 'fitness')
    and known.check_name not in (
        'delivery_rejected_share', 'rejection_reason_share', 'placeholder_customer_share',
        'unmapped_column_share', 'repriced_delivery_share', 'foreign_delivery_share',
        'restated_line_share'
    )
order by known.check_name
{% endcall %}

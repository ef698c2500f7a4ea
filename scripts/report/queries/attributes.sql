-- One row per attribute, value and segment: the most common values first, those that are not
-- known last.
select
    attribute,
    value,
    segment_id,
    segment_name,
    customers,
    customer_share,
    share_index,
    known_values,
    cast(sum(customers) over one_value / sum(customers) over one_attribute as double)
        as share_of_all
from segment_attributes
window
    one_attribute as (partition by attribute),
    one_value as (partition by attribute, value)
order by
    attribute asc,
    value = 'not known' asc,
    value = 'other' asc,
    share_of_all desc,
    value asc,
    segment_id asc

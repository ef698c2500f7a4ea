-- One row per attribute, value and segment: the most common values first, those that are not
-- known last. `counted` are customers or purchase lines.
with

counts as (
    select
        *,
        coalesce(customers, purchase_lines) as counted
    from segment_attributes
)

select
    attribute_of,
    attribute,
    value,
    segment_id,
    segment_name,
    counted,
    share_in_segment,
    share_index / 100 as ratio,
    known_values,
    cast(sum(counted) over one_value / sum(counted) over one_attribute as double) as share_of_all
from counts
window
    one_attribute as (partition by attribute_of, attribute),
    one_value as (partition by attribute_of, attribute, value)
order by
    attribute_of asc,
    attribute asc,
    value = 'not known' asc,
    value = 'other' asc,
    share_of_all desc,
    value asc,
    segment_id asc

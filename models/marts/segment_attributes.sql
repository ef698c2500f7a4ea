-- One row per segment, attribute and value that customers or purchases of the segment have.
{%- set most_values = 12 %}
{#- Values of fewer customers would name them, as an address does. -#}
{%- set fewest = 5 %}
with

segments as (
    select
        segment_id,
        segment_name
    from {{ ref('int_segments') }}
),

counted as (
    select
        *,
        sum(counted) over (partition by attribute_of, attribute, value) as counted_of_all
    from {{ ref('int_counted_attributes') }}
),

-- What is not known has the last number.
numbered as (
    select
        *,
        dense_rank() over (
            partition by attribute_of, attribute
            order by
                case when value is null then 1 else 0 end asc,
                counted_of_all desc,
                value asc
        ) as value_number
    from counted
),

named as (
    select
        *,
        case
            when value is null then 'not known'
            when value_number > {{ most_values }} or counted_of_all < {{ fewest }} then 'other'
            else value
        end as shown_value,
        max(case when value is null then 0 else value_number end)
            over (partition by attribute_of, attribute) as known_values
    from numbered
),

shared as (
    select
        attribute_of,
        segment_id,
        attribute,
        shown_value,
        known_values,
        sum(counted) as counted,
        sum(revenue) as revenue,
        {{ as_double('sum(counted)') }}
        / sum(sum(counted)) over (partition by attribute_of, segment_id, attribute)
            as share_in_segment,
        {{ as_double(
            'sum(sum(counted)) over (partition by attribute_of, attribute, shown_value)'
        ) }} / sum(sum(counted)) over (partition by attribute_of, attribute) as share_of_all
    from named
    group by attribute_of, segment_id, attribute, shown_value, known_values
),

segment_attributes as (
    select
        shared.attribute_of,
        cast(shared.segment_id as integer) as segment_id,
        segments.segment_name,
        shared.attribute,
        shared.shown_value as value,
        cast(case when shared.attribute_of = 'customers' then shared.counted end as bigint)
            as customers,
        cast(case when shared.attribute_of = 'products' then shared.counted end as bigint)
            as purchase_lines,
        shared.share_in_segment,
        100 * shared.share_in_segment / shared.share_of_all as share_index,
        cast(coalesce(shared.revenue, 0) as decimal(28, 4)) as revenue,
        cast(shared.known_values as bigint) as known_values
    from shared
    inner join segments
        on shared.segment_id = segments.segment_id
)

select * from segment_attributes

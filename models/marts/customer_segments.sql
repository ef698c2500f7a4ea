-- One row per customer of customer_features: the segment, and how it was assigned.
with

customers as (
    select
        *,
        monetary > 0 as has_net_spend
    from {{ ref('int_customers_scored') }}
),

segments as (
    select
        segment_id,
        segment_name
    from {{ ref('int_segments') }}
),

assigned as (
    select
        *,
        case when has_net_spend then segment_id else {{ rule_segment().id }} end as assigned_segment_id
    from customers
),

customer_segments as (
    select
        assigned.customer_id,
        {%- for feature in feature_names() %}
        assigned.{{ feature }},
        {%- endfor %}
        cast(segments.segment_id as integer) as segment_id,
        segments.segment_name,
        case
            when assigned.has_net_spend
                then coalesce(1 - assigned.distance / nullif(assigned.second_distance, 0), 0)
        end as segment_margin,
        case when assigned.has_net_spend then 'model' else 'rule' end as assigned_by,
        assigned.snapshot_date
    from assigned
    left join segments
        on assigned.assigned_segment_id = segments.segment_id
)

select * from customer_segments

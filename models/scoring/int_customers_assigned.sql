-- One row per customer of customer_features: the final segment, how it was assigned, and the
-- segment by the previous model.
with

customers as (
    select
        customer_id,
        monetary,
        snapshot_date
    from {{ ref('int_customer_features') }}
),

active_model as (
    select *
    from {{ ref('int_customers_scored') }}
    where is_active
),

previous_model as (
    select *
    from {{ ref('int_customers_scored') }}
    where not is_active
),

overrides as (
    select
        customer_id,
        segment_id
    from {{ ref('int_segment_overrides') }}
    where is_applied
),

int_customers_assigned as (
    select
        customers.customer_id,
        customers.monetary,
        customers.snapshot_date,
        coalesce(overrides.segment_id, active_model.segment_id, {{ rule_segment().id }})
            as segment_id,
        case
            when overrides.segment_id is not null then 'override'
            when active_model.segment_id is not null then 'model'
            else 'rule'
        end as assigned_by,
        active_model.model_version,
        active_model.distance,
        active_model.second_distance,
        active_model.second_segment_id,
        active_model.decided_by,
        active_model.is_atypical,
        active_model.expected_spend,
        active_model.purchase_probability,
        -- Same as the active model, if the previous refresh used it too.
        coalesce(
            previous_model.segment_id, active_model.segment_id, {{ rule_segment().id }}
        ) as previous_model_segment_id
    from customers
    left join active_model
        on customers.customer_id = active_model.customer_id
    left join previous_model
        on customers.customer_id = previous_model.customer_id
    left join overrides
        on customers.customer_id = overrides.customer_id
)

select * from int_customers_assigned

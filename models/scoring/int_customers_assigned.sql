-- One row per customer with a line before the snapshot date: the final segment, how it was
-- assigned, and the segment by the previous model.
{%- set rules = rule_segments() %}
with

totals as (
    select
        customer_id,
        last_purchase_date
    from {{ ref('int_customer_totals') }}
    where net_spend_to_date is not null
),

features as (
    select
        customer_id,
        monetary
    from {{ ref('int_customer_features') }}
),

refresh as (
    select snapshot_date
    from {{ ref('int_current_refresh') }}
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

-- Net spend is null for customers who did not buy in the observation window.
customers as (
    select
        totals.customer_id,
        features.monetary,
        totals.last_purchase_date,
        refresh.snapshot_date,
        case
            when features.customer_id is null and totals.last_purchase_date is not null
                then {{ rules.lapsed }}
            else {{ rules.no_net_spend }}
        end as rule_segment_id
    from totals
    cross join refresh
    left join features
        on totals.customer_id = features.customer_id
),

int_customers_assigned as (
    select
        customers.customer_id,
        customers.monetary,
        customers.last_purchase_date,
        customers.snapshot_date,
        coalesce(
            overrides.segment_id, active_model.segment_id, customers.rule_segment_id
        ) as segment_id,
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
            previous_model.segment_id, active_model.segment_id, customers.rule_segment_id
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

-- One row per refresh, snapshot date it writes events for, and customer whose segment changed
-- since the date before.
{%- set lapsed = rule_segments().lapsed %}
with

refresh as (
    select *
    from {{ ref('int_current_refresh') }}
),

assigned as (
    select
        customer_id,
        segment_id,
        assigned_by,
        previous_model_segment_id,
        last_purchase_date,
        monetary as revenue,
        expected_spend
    from {{ ref('int_customers_assigned') }}
),

customer_merges as (
    select distinct from_customer_id
    from {{ ref('stg_customer_merges') }}
),

states_before as (
    {{ states_at('snapshot_date', '<') }}
),

changes as (
    select
        coalesce(assigned.customer_id, states_before.customer_id) as customer_id,
        assigned.segment_id,
        assigned.assigned_by,
        case
            when assigned.customer_id is null and customer_merges.from_customer_id is not null
                then 'override'
            when assigned.customer_id is null or states_before.segment_id is null then 'behaviour'
            when 'override' in (assigned.assigned_by, states_before.assigned_by) then 'override'
            -- Not if an earlier purchase came late, or the window now reaches further back.
            when
                states_before.segment_id = {{ lapsed }}
                and assigned.last_purchase_date >= states_before.snapshot_date
                then 'won back'
            when assigned.previous_model_segment_id <> states_before.segment_id then 'behaviour'
            else 'refit'
        end as cause,
        -- Customers who lapsed keep the spend of the date they entered their last segment.
        coalesce(assigned.revenue, states_before.revenue, 0) as revenue,
        case
            when coalesce(assigned.segment_id = {{ lapsed }}, true)
                then states_before.expected_spend
            else assigned.expected_spend
        end as expected_spend
    from assigned
    full outer join states_before
        on assigned.customer_id = states_before.customer_id
    left join customer_merges
        on states_before.customer_id = customer_merges.from_customer_id
    where assigned.segment_id is distinct from states_before.segment_id
),

-- For a late refresh: the changes on the next snapshot date, measured from this date.
states_next as (
    {{ states_at('next_snapshot_date', '<=') }}
),

changes_next as (
    select
        coalesce(states_next.customer_id, assigned.customer_id) as customer_id,
        states_next.segment_id,
        states_next.assigned_by,
        case
            when assigned.segment_id = {{ lapsed }} and states_next.assigned_by <> 'override'
                then 'won back'
            -- Won back before this date.
            when states_next.cause = 'won back' then 'behaviour'
            else coalesce(states_next.cause, 'behaviour')
        end as cause,
        coalesce(states_next.revenue, assigned.revenue, 0) as revenue,
        case
            when states_next.customer_id is null then assigned.expected_spend
            else states_next.expected_spend
        end as expected_spend
    from states_next
    full outer join assigned
        on states_next.customer_id = assigned.customer_id
    where states_next.segment_id is distinct from assigned.segment_id
),

int_segment_events as (
    select
        refresh.refresh_number,
        refresh.snapshot_date,
        changes.*
    from changes
    cross join refresh
    union all
    select
        refresh.refresh_number,
        refresh.next_snapshot_date as snapshot_date,
        changes_next.*
    from changes_next
    cross join refresh
    where refresh.next_snapshot_date is not null
)

select * from int_segment_events

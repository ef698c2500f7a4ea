-- One row per customer with a line before the snapshot date: the segment, how it was assigned, and
-- since when.
{%- set days_since_last_purchase = days_between(
    'assigned.last_purchase_date', 'assigned.snapshot_date'
) %}
with

features as (
    select
        customer_id,
        {{ feature_names() | join(',\n        ') }},
        recency_score,
        frequency_score,
        monetary_score
    from {{ ref('customer_features') }}
),

totals as (
    select
        customer_id,
        first_purchase_to_date,
        transactions_to_date,
        net_spend_to_date,
        purchase_days_to_date,
        {{ as_double(days_between('first_purchase_to_date', 'last_purchase_date')) }}
        / nullif(purchase_days_to_date - 1, 0) as days_between_purchases
    from {{ ref('int_customer_totals') }}
),

assigned as (
    select *
    from {{ ref('int_customers_assigned') }}
),

segments as (
    select
        segment_id,
        segment_name
    from {{ ref('int_segments') }}
),

gaps as (
    select
        segment_id,
        overdue_days
    from {{ ref('int_segment_gaps') }}
),

changes as (
    select
        changes.customer_id,
        changes.snapshot_date,
        changes.from_segment_id
    from {{ ref('int_segment_changes') }} as changes
    inner join {{ ref('int_current_refresh') }} as refresh
        on
            changes.snapshot_date <= refresh.snapshot_date
            and coalesce(changes.next_change_date > refresh.snapshot_date, true)
),

customer_segments as (
    select
        assigned.customer_id,
        {%- for feature in feature_names() %}
        features.{{ feature }},
        {%- endfor %}
        features.recency_score,
        features.frequency_score,
        features.monetary_score,
        totals.first_purchase_to_date,
        assigned.last_purchase_date,
        cast({{ days_since_last_purchase }} as integer) as days_since_last_purchase,
        cast(totals.transactions_to_date as integer) as transactions_to_date,
        totals.net_spend_to_date,
        totals.days_between_purchases,
        {{ days_after('assigned.last_purchase_date', 'gaps.overdue_days') }} as overdue_after,
        {{ days_since_last_purchase }} > gaps.overdue_days as is_overdue,
        assigned.snapshot_date,
        assigned.segment_id,
        segments.segment_name,
        case
            when assigned.assigned_by = 'model'
                then coalesce(1 - assigned.distance / nullif(assigned.second_distance, 0), 0)
        end as segment_margin,
        seconds.segment_id as second_segment_id,
        seconds.segment_name as second_segment_name,
        case when assigned.assigned_by = 'model' then assigned.decided_by end as decided_by,
        case when assigned.assigned_by = 'model' then assigned.is_atypical end as is_atypical,
        assigned.expected_spend,
        assigned.purchase_probability,
        {{ is_control('assigned.customer_id') }} as is_control,
        assigned.assigned_by,
        assigned.model_version,
        changes.from_segment_id as previous_segment_id,
        changes.snapshot_date as segment_since
    from assigned
    inner join totals
        on assigned.customer_id = totals.customer_id
    inner join segments
        on assigned.segment_id = segments.segment_id
    -- Who bought on one day only has no gap yet.
    left join gaps
        on
            assigned.segment_id = gaps.segment_id
            and totals.purchase_days_to_date > 1
    left join segments as seconds
        on
            assigned.second_segment_id = seconds.segment_id
            and assigned.assigned_by = 'model'
    left join features
        on assigned.customer_id = features.customer_id
    left join changes
        on assigned.customer_id = changes.customer_id
)

select * from customer_segments

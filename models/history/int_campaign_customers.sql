-- One row per customer who had a segment when the control group was drawn: in the control group or
-- not, and spend and purchases since. Empty while there is no control group.
{#- Without a control group nothing is read: every engine sees that 0 > 0 is false. -#}
{%- set share = control_share_setting() %}
with

refresh as (
    select snapshot_date
    from {{ ref('int_current_refresh') }}
    where {{ share }} > 0
),

refreshes as (
    select
        refresh_number,
        snapshot_date,
        coalesce(control_share, 0) as control_share
    from {{ ref('earlier_refreshes') }}
),

redrawn as (
    select coalesce(max(refresh_number), 0) as refresh_number
    from refreshes
    where control_share <> {{ share }}
),

-- The first of the refreshes that had this share without a break.
drawn as (
    select
        refresh.snapshot_date,
        min(refreshes.snapshot_date) as drawn_on
    from refresh
    cross join redrawn
    inner join refreshes
        on redrawn.refresh_number < refreshes.refresh_number
    group by refresh.snapshot_date
    having min(refreshes.snapshot_date) < refresh.snapshot_date
),

changes as (
    select *
    from {{ ref('int_segment_changes') }}
    where
        to_segment_id is not null
        and {{ share }} > 0
),

assigned as (
    select customer_id
    from {{ ref('int_customers_assigned') }}
),

transactions as (
    {{ lines_after_merges() }}
),

later as (
    select
        transactions.customer_id,
        sum(transactions.amount) as net_spend,
        count(distinct case when transactions.amount > 0 then transactions.transaction_id end)
            as purchases
    from transactions
    inner join drawn
        on
            transactions.purchased_on >= drawn.drawn_on
            and transactions.purchased_on < drawn.snapshot_date
    group by transactions.customer_id
),

int_campaign_customers as (
    select
        changes.customer_id,
        changes.to_segment_id as segment_id,
        drawn.drawn_on,
        {{ is_control('changes.customer_id') }} as is_control,
        coalesce(later.net_spend, 0) as net_spend,
        coalesce(later.purchases, 0) as purchases
    from changes
    inner join drawn
        on
            changes.snapshot_date <= drawn.drawn_on
            and coalesce(changes.next_change_date > drawn.drawn_on, true)
    -- Customers merged into another since then count there.
    inner join assigned
        on changes.customer_id = assigned.customer_id
    left join later
        on changes.customer_id = later.customer_id
)

select * from int_campaign_customers

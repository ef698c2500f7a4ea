-- One row per segment with at least ten gaps between days of purchase, of sampled customers: the
-- days in which nine of ten of them are over.
with

customers as (
    select
        assigned.customer_id,
        assigned.segment_id,
        assigned.snapshot_date
    from {{ ref('int_customers_assigned') }} as assigned
    inner join {{ ref('int_sampled_customers') }} as sampled
        on assigned.customer_id = sampled.customer_id
),

transactions as (
    {{ lines_after_merges() }}
),

purchase_days as (
    select distinct
        customers.segment_id,
        customers.customer_id,
        transactions.purchased_on
    from transactions
    inner join customers
        on transactions.customer_id = customers.customer_id
    where
        transactions.amount > 0
        and transactions.purchased_on < customers.snapshot_date
),

ordered as (
    select
        segment_id,
        purchased_on,
        lag(purchased_on) over (
            partition by customer_id
            order by purchased_on
        ) as purchased_before_on
    from purchase_days
),

gaps as (
    select
        segment_id,
        {{ days_between('purchased_before_on', 'purchased_on') }} as gap_days
    from ordered
    where purchased_before_on is not null
),

counted as (
    select
        segment_id,
        gap_days,
        count(*) as gaps
    from gaps
    group by segment_id, gap_days
),

ranked as (
    select
        segment_id,
        gap_days,
        sum(gaps) over (partition by segment_id order by gap_days) as gaps_over,
        sum(gaps) over (partition by segment_id) as all_gaps
    from counted
),

int_segment_gaps as (
    select
        segment_id,
        cast(min(gap_days) as integer) as overdue_days
    from ranked
    where
        all_gaps >= 10
        and gaps_over * 10 >= all_gaps * 9
    group by segment_id
)

select * from int_segment_gaps

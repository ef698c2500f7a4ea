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

purchase_days as (
    select distinct
        customers.segment_id,
        customers.customer_id,
        transaction_lines.purchased_on
    from {{ ref('int_loaded_lines') }} as transaction_lines
    left join {{ ref('stg_customer_merges') }} as customer_merges
        on transaction_lines.customer_id = customer_merges.from_customer_id
    inner join customers
        on
            coalesce(customer_merges.into_customer_id, transaction_lines.customer_id)
            = customers.customer_id
    where
        transaction_lines.amount > 0
        and transaction_lines.purchased_on < customers.snapshot_date
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

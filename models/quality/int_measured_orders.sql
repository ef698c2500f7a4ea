-- One row per check of whole orders: those that lost lines, and those of guests.
with

seen as (
    select
        snapshot_date,
        window_start
    from {{ ref('int_snapshot') }}
),

lost_lines as (
    select
        transaction_id,
        rejection_reason
    from {{ ref('int_rejected_lines') }}
    where
        rejection_reason not in ('no money moved', 'exact duplicate', 'left out by lines_where')
),

lost_orders as (
    select
        transaction_id,
        min(rejection_reason) as rejection_reason
    from lost_lines
    group by transaction_id
),

-- Added up by customer, because counting the orders of all lines is slow.
totals as (
    select
        coalesce(sum(transactions_to_date), 0) as order_count,
        coalesce(sum(monetary), 0) as revenue
    from {{ ref('int_customer_totals') }}
),

-- Orders of which other purchase lines are loaded.
incomplete_orders as (
    select distinct
        lost_orders.transaction_id,
        lost_orders.rejection_reason
    from lost_orders
    inner join {{ ref('int_loaded_lines') }} as transaction_lines
        on lost_orders.transaction_id = transaction_lines.transaction_id
    inner join seen
        on transaction_lines.purchased_on < seen.snapshot_date
    where transaction_lines.amount > 0
),

incomplete as (
    select
        count(*) as order_count,
        min(substring(transaction_id, 1, 40) || ': ' || rejection_reason) as example
    from incomplete_orders
),

guests as (
    select
        coalesce(sum(rejected_lines.guest_amount), 0) as revenue,
        count(distinct case
            when rejected_lines.guest_amount > 0 then rejected_lines.transaction_id
        end) as order_count
    from {{ ref('int_rejected_lines') }} as rejected_lines
    inner join seen
        on
            rejected_lines.guest_purchased_on >= seen.window_start
            and rejected_lines.guest_purchased_on < seen.snapshot_date
),

int_measured_orders as (
    select
        'incomplete_order_share' as check_name,
        {{ as_text('null') }} as subject,
        {{ as_double('incomplete.order_count') }} / nullif(totals.order_count, 0) as value,
        {{ whole_number_text('incomplete.order_count') }} || ' of '
        || {{ whole_number_text('totals.order_count') }}
        || coalesce(', such as ' || incomplete.example, '') as detail
    from incomplete
    cross join totals
    union all
    select
        'guest_revenue_share' as check_name,
        null as subject,
        {{ as_double('guests.revenue') }}
        / nullif({{ as_double('guests.revenue + totals.revenue') }}, 0) as value,
        {{ whole_number_text('guests.revenue') }} || ' of '
        || {{ whole_number_text('guests.revenue + totals.revenue') }} || ' in '
        || {{ whole_number_text('guests.order_count') }} || ' orders in the observation window'
            as detail
    from guests
    cross join totals
)

select * from int_measured_orders

-- One row per check of transactions in the sampled lines: ids that recur or name lines; copies.
with

input as (
    select
        snapshot_date,
        window_start
    from {{ ref('int_input_measures') }}
),

sampled as (
    select
        transaction_id,
        customer_id,
        product_id,
        purchased_on,
        amount
    from {{ ref('int_sampled_lines') }}
),

transactions as (
    select
        transaction_id,
        count(distinct purchased_on) > 1 or count(distinct customer_id) > 1 as is_recurring
    from sampled
    where amount > 0
    group by transaction_id
),

recurring as (
    select
        count(*) as transaction_count,
        count(case when is_recurring then 1 end) as recurring_count,
        min(case when is_recurring then transaction_id end) as example
    from transactions
),

-- The lines of a customer on a day, of which there are usually fewer transactions than lines.
visits as (
    select
        count(*) as line_count,
        count(distinct transaction_id) as transaction_count
    from sampled
    where amount > 0
    group by customer_id, purchased_on
),

lone as (
    select
        coalesce(sum(line_count), 0) as line_count,
        coalesce(sum(
            case when line_count > 1 and line_count = transaction_count then line_count end
        ), 0) as lone_count
    from visits
),

repeated as (
    select
        transaction_id,
        customer_id,
        product_id,
        purchased_on,
        amount,
        count(*) as line_count
    from sampled
    group by transaction_id, customer_id, product_id, purchased_on, amount
),

copied as (
    select
        sum(repeated.line_count) as line_count,
        sum(repeated.line_count - 1) as copy_count
    from repeated
    inner join input
        on
            repeated.purchased_on >= input.window_start
            and repeated.purchased_on < input.snapshot_date
),

int_measured_transactions as (
    select
        'recurring_transaction_share' as check_name,
        {{ as_text('null') }} as subject,
        {{ as_double('recurring_count') }} / nullif(transaction_count, 0) as value,
        {{ whole_number_text('recurring_count') }} || ' of '
        || {{ whole_number_text('transaction_count') }} || coalesce(', such as ' || example, '')
            as detail
    from recurring
    union all
    select
        'lone_line_share' as check_name,
        null as subject,
        {{ as_double('lone_count') }} / nullif(line_count, 0) as value,
        {{ whole_number_text('lone_count') }} || ' of ' || {{ whole_number_text('line_count') }}
            as detail
    from lone
    union all
    select
        'duplicate_share' as check_name,
        null as subject,
        {{ as_double('copy_count') }} / line_count as value,
        {{ whole_number_text('coalesce(copy_count, 0)') }} || ' of '
        || {{ whole_number_text('coalesce(line_count, 0)') }} as detail
    from copied
)

select * from int_measured_transactions

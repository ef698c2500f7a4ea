-- One row: the share of customers that were in no earlier refresh.
with

input as (
    select window_start
    from {{ ref('int_input_measures') }}
),

refresh as (
    select previous_snapshot_date
    from {{ ref('int_current_refresh') }}
),

customers as (
    select customer_id
    from {{ ref('int_customer_features') }}
),

states_before as (
    {{ states_at('snapshot_date', '<') }}
),

known as (
    select count(*) as customer_count
    from states_before
),

counted as (
    select
        count(*) as customer_count,
        count(case when states_before.customer_id is null then 1 end) as new_count
    from customers
    left join states_before
        on customers.customer_id = states_before.customer_id
),

int_measured_customers as (
    select
        'new_customer_share' as check_name,
        {{ as_text('null') }} as subject,
        case
            when known.customer_count > 0 and refresh.previous_snapshot_date > input.window_start
                then {{ as_double('counted.new_count') }} / nullif(counted.customer_count, 0)
        end as value,
        {{ whole_number_text('counted.new_count') }}
        || ' of ' || {{ whole_number_text('counted.customer_count') }} as detail
    from counted
    cross join known
    cross join refresh
    cross join input
)

select * from int_measured_customers

-- One row per customer who has a better segment: the nearest, and the smallest single changes that
-- lead there.
{%- set slots = filled_slots() %}
with

customers as (
    select
        segments.*,
        better.better_segment_id,
        profiles.segment_name as better_segment_name
    from {{ ref('customer_segments') }} as segments
    inner join {{ ref('int_better_segments') }} as better
        on segments.customer_id = better.customer_id
    inner join {{ ref('segment_profiles') }} as profiles
        on better.better_segment_id = profiles.segment_id
),

scoring_model as (
    select *
    from {{ ref('int_scoring_model') }}
    where is_in_use
),

numbers as (
    {{ dbt.generate_series(most_steps().values() | max) }}
),

-- Each number of steps with those up to it.
steps as (
    select
        numbers.generated_number as last_step,
        cast(steps.generated_number as integer) as step
    from numbers
    inner join numbers as steps
        on numbers.generated_number >= steps.generated_number
),

{% for kind in most_steps() -%}
{{ least_step_ctes(kind, slots) }},

{% endfor -%}
segment_moves as (
    select
        customers.customer_id,
        customers.segment_id,
        customers.segment_name,
        customers.better_segment_id,
        customers.better_segment_name,
        more_orders_least.step as more_orders,
        {{ money_of_steps('customers.monetary', 'more_money_least.step') }} as more_money,
        fewer_days_least.step as fewer_days,
        customers.model_version,
        customers.snapshot_date
    from customers
    left join more_orders_least
        on customers.customer_id = more_orders_least.customer_id
    left join more_money_least
        on customers.customer_id = more_money_least.customer_id
    left join fewer_days_least
        on customers.customer_id = fewer_days_least.customer_id
)

select * from segment_moves

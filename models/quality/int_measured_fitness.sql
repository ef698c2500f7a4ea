-- One row per check of whether the data are fit for behavioural segmentation, and per feature the
-- share of customers with its most common value, which does not tell them apart.
with

input as (
    select
        snapshot_date,
        window_start
    from {{ ref('int_input_measures') }}
),

seen_lines as (
    select
        transaction_lines.purchased_on,
        transaction_lines.amount,
        transaction_lines.purchased_on >= input.window_start as is_in_window
    from {{ ref('int_loaded_lines') }} as transaction_lines
    inner join input
        on transaction_lines.purchased_on < input.snapshot_date
),

history as (
    select
        min(case when amount > 0 then purchased_on end) as first_purchase_date,
        max(case when amount > 0 then purchased_on end) as last_purchase_date,
        count(case when is_in_window then 1 end) as line_count,
        count(case when is_in_window and amount < 0 then 1 end) as return_count
    from seen_lines
),

customers as (
    select *
    from {{ ref('int_customer_features') }}
),

buyers as (
    select
        count(*) as buyer_count,
        count(case when frequency = 1 then 1 end) as one_time_count
    from customers
),

commonest_values as (
    {%- for feature in feature_names() %}
    select
        '{{ feature }}' as feature,
        max(customer_count) as commonest_count,
        sum(customer_count) as all_count
    from (
        select count(*) as customer_count
        from customers
        group by {{ feature }}
    ) as of_one_value
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

int_measured_fitness as (
    select
        'buyers' as check_name,
        {{ as_text('null') }} as subject,
        {{ as_double('buyer_count') }} as value,
        {{ as_text('null') }} as detail
    from buyers
    union all
    select
        'months_of_history' as check_name,
        null as subject,
        ({{ days_between('first_purchase_date', 'last_purchase_date') }} + 1) / 30.4375e0 as value,
        null as detail
    from history
    union all
    select
        'one_time_share' as check_name,
        null as subject,
        {{ as_double('one_time_count') }} / nullif(buyer_count, 0) as value,
        null as detail
    from buyers
    union all
    select
        'returns_share' as check_name,
        null as subject,
        {{ as_double('return_count') }} / nullif(line_count, 0) as value,
        null as detail
    from history
    union all
    select
        'commonest_value_share' as check_name,
        feature as subject,
        {{ as_double('commonest_count') }} / all_count as value,
        null as detail
    from commonest_values
)

select * from int_measured_fitness

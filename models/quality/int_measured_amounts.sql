-- One row per check of amounts in the sampled lines: the total of an order on all its lines, or as
-- one of them, and thousands that were read as decimals.
{%- set source = source_settings() %}
{%- set least_orders, least_lines = 20, 20 %}
with

sampled as (
    select
        transaction_id,
        customer_id,
        product_id,
        purchased_on,
        amount,
        source_partition
    from {{ ref('int_sampled_lines') }}
),

-- Orders of several products with one amount on all lines, which may be their total, or with a
-- line that adds up the others.
baskets as (
    select
        transaction_id,
        min(amount) as amount,
        count(distinct amount) as amount_count,
        count(*) as line_count,
        count(*) > 2 and 2 * max(amount) = sum(amount) as holds_total
    from sampled
    where amount > 0
    group by transaction_id, customer_id, purchased_on
    having count(distinct product_id) > 1
),

equal_baskets as (
    select
        count(*) as order_count,
        count(case when amount_count = 1 then 1 end) as equal_count,
        count(distinct case when amount_count = 1 then amount end) as value_count,
        min(case when amount_count = 1 then transaction_id end) as example,
        count(case when line_count > 2 then 1 end) as large_count,
        count(case when holds_total then 1 end) as total_count,
        min(case when holds_total then transaction_id end) as total_example
    from baskets
),

-- 1.234 for 1234: hardly an amount has three decimals, and then others have one or two.
amounts_with_decimals as (
    select
        source_partition,
        case
            when amount * 1000 = floor(amount * 1000) and amount * 100 <> floor(amount * 100)
                then amount
        end as thousandths
    from sampled
    where amount > 0 and amount <> floor(amount)
),

fractions as (
    select
        source_partition,
        count(*) as line_count,
        count(thousandths) as thousandth_count,
        max(thousandths) as example
    from amounts_with_decimals
    group by source_partition
    having count(*) >= {{ least_lines }}
),

ranked_fractions as (
    select
        line_count,
        thousandth_count,
        example,
        row_number() over (
            order by
                {{ as_double('thousandth_count') }} / line_count desc,
                line_count desc,
                source_partition asc
        ) as most_first
    from fractions
),

thousandths as (
    select
        max(line_count) as line_count,
        max(thousandth_count) as thousandth_count,
        max(example) as example
    from ranked_fractions
    where most_first = 1
),

int_measured_amounts as (
    select
        'equal_amount_share' as check_name,
        {{ as_text('null') }} as subject,
        {%- if source.is_spread %}
        {{ as_double('null') }} as value,
        {%- else %}
        -- Not in a shop with few prices.
        case
            when order_count >= {{ least_orders }} and 2 * value_count >= equal_count
                then {{ as_double('equal_count') }} / order_count
        end as value,
        {%- endif %}
        {{ whole_number_text('equal_count') }} || ' of ' || {{ whole_number_text('order_count') }}
        || coalesce(', such as ' || example, '') as detail
    from equal_baskets
    union all
    select
        'total_line_share' as check_name,
        null as subject,
        case
            when large_count >= {{ least_orders }}
                then {{ as_double('total_count') }} / large_count
        end as value,
        {{ whole_number_text('total_count') }} || ' of ' || {{ whole_number_text('large_count') }}
        || coalesce(', such as ' || total_example, '') as detail
    from equal_baskets
    union all
    select
        'thousandth_share' as check_name,
        null as subject,
        {%- if source.is_spread or source.amount | length > 1 or source.currency_rates %}
        {{ as_double('null') }} as value,
        {%- else %}
        {{ as_double('thousandth_count') }} / line_count as value,
        {%- endif %}
        {{ whole_number_text('coalesce(thousandth_count, 0)') }} || ' of '
        || {{ whole_number_text('coalesce(line_count, 0)') }}
        || coalesce(', such as ' || {{ short_number_text('example', 3) }}, '') as detail
    from thousandths
)

select * from int_measured_amounts

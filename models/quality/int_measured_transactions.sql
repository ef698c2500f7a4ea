-- One row per check of transactions and deliveries, on a sample: ids that recur or name lines,
-- totals of orders on every line, how amounts and products are written, and files that overlap,
-- replace or contradict each other.
{%- set source = source_settings() %}
{%- set are_files = lines_are_in_files(source) %}
{%- set least_lines = 20 %}
{%- set least_products = 10 %}
with

input as (
    select
        snapshot_date,
        window_start
    from {{ ref('int_input_measures') }}
),

source_partitions as (
    select
        source_partition,
        fingerprint
    from {{ ref('int_source_partitions') }}
),

-- A sample: grouping all lines would cost as much as the features do.
sampled as (
    select
        transaction_lines.transaction_id,
        transaction_lines.customer_id,
        transaction_lines.product_id,
        transaction_lines.purchased_on,
        transaction_lines.amount,
        source_partitions.source_partition
    from {{ ref('int_loaded_lines') }} as transaction_lines
    inner join {{ ref('int_sampled_customers') }} as sampled_customers
        on transaction_lines.customer_id = sampled_customers.customer_id
    inner join source_partitions
        on transaction_lines.fingerprint = source_partitions.fingerprint
),

transactions as (
    select
        transaction_id,
        min(source_partition) <> max(source_partition) as is_in_several_files,
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

repeated as (
    select
        transaction_id,
        customer_id,
        product_id,
        purchased_on,
        amount,
        count(*) as line_count,
        min(source_partition) as first_partition,
        max(source_partition) as last_partition
    from sampled
    group by transaction_id, customer_id, product_id, purchased_on, amount
),

overlapping as (
    select
        coalesce(sum(line_count), 0) as line_count,
        coalesce(sum(case when first_partition <> last_partition then line_count end), 0)
            as repeated_count,
        min(
            case
                when
                    first_partition <> last_partition
                    then first_partition || ' and ' || last_partition
            end
        ) as example
    from repeated
    where amount > 0
),

-- Orders of several products with one amount on all lines, which may be their total.
baskets as (
    select
        transaction_id,
        min(amount) as amount,
        count(distinct amount) as amount_count
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
        min(case when amount_count = 1 then transaction_id end) as example
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

products as (
    select
        product_id,
        min(source_partition) <> max(source_partition) as is_shared
    from sampled
    where product_id is not null
    group by product_id
),

product_spellings as (
    select
        count(*) as product_count,
        min(product_id) || ' and ' || max(product_id) as example
    from products
    group by regexp_replace(
        {{ without_point_zero(trimmed('product_id')) }}, {{ text_literal("^[0']+") }}, ''
    )
),

respelled_products as (
    select
        sum(product_count) as product_count,
        coalesce(sum(case when product_count > 1 then product_count end), 0) as respelled_count,
        min(case when product_count > 1 then example end) as example
    from product_spellings
),
{%- if are_files %}

-- Products of an order for which files have different amounts, and none has that of another.
restated as (
    select
        repeated.transaction_id,
        min(repeated.first_partition) as first_partition,
        max(repeated.last_partition) as last_partition,
        min(repeated.first_partition) <> max(repeated.last_partition)
        and max(
            case when repeated.first_partition <> repeated.last_partition then 1 else 0 end
        ) = 0 as is_restated
    from repeated
    inner join transactions
        on repeated.transaction_id = transactions.transaction_id
    where repeated.amount > 0 and transactions.is_in_several_files
    group by
        repeated.transaction_id, repeated.customer_id, repeated.product_id, repeated.purchased_on
),

restatements as (
    select
        count(case when is_restated then 1 end) as restated_count,
        min(
            case
                when is_restated
                    then transaction_id || ' in ' || first_partition || ' and ' || last_partition
            end
        ) as example
    from restated
),

-- The most common amount of a product in a file, beside that in the file before.
priced_products as (
    select
        source_partition,
        product_id,
        amount,
        row_number() over (
            partition by source_partition, product_id
            order by count(*) desc, amount asc
        ) as commonest_first
    from sampled
    where amount > 0 and product_id is not null
    group by source_partition, product_id, amount
),

compared_products as (
    select
        source_partition,
        lag(source_partition) over (
            partition by product_id order by source_partition
        ) as other_partition,
        ln({{ as_double('amount') }})
        - lag(ln({{ as_double('amount') }})) over (
            partition by product_id order by source_partition
        ) as log_ratio
    from priced_products
    where commonest_first = 1
),

-- In steps of 2%.
ratios as (
    select
        source_partition,
        min(other_partition) as other_partition,
        cast(round(log_ratio * 50) as integer) as step,
        count(*) as product_count,
        sum(count(*)) over (partition by source_partition) as compared_count,
        exp(avg(log_ratio)) as ratio
    from compared_products
    where log_ratio is not null
    group by source_partition, cast(round(log_ratio * 50) as integer)
),

ranked_ratios as (
    select
        *,
        row_number() over (
            order by
                {{ as_double('product_count') }} / compared_count desc,
                compared_count desc,
                source_partition asc
        ) as most_first
    from ratios
    where step not between -2 and 2 and compared_count >= {{ least_products }}
),

customers as (
    select
        customer_id,
        min(source_partition) <> max(source_partition) as is_shared
    from sampled
    group by customer_id
),

-- Lines whose customer and product stand in no other file.
files as (
    select
        sampled.source_partition,
        count(distinct sampled.customer_id) as customer_count,
        count(*) as line_count,
        count(case when not customers.is_shared and not products.is_shared then 1 end) as own_count,
        count(*) over () as file_count
    from sampled
    inner join customers
        on sampled.customer_id = customers.customer_id
    inner join products
        on sampled.product_id = products.product_id
    group by sampled.source_partition
),

ranked_files as (
    select
        *,
        row_number() over (
            order by
                {{ as_double('own_count') }} / line_count desc,
                line_count asc,
                source_partition asc
        ) as most_first
    from files
    where file_count > 1 and customer_count >= {{ least_lines }}
),
{%- endif %}

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
        'overlapping_delivery_share' as check_name,
        null as subject,
        {{ as_double('repeated_count') }} / nullif(line_count, 0) as value,
        {{ whole_number_text('repeated_count') }} || ' of '
        || {{ whole_number_text('line_count') }} || coalesce(', such as lines of ' || example, '')
            as detail
    from overlapping
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
    union all
    select
        'equal_amount_share' as check_name,
        null as subject,
        {%- if source.is_spread %}
        {{ as_double('null') }} as value,
        {%- else %}
        -- Not in a shop with few prices.
        case
            when order_count >= {{ least_lines }} and 2 * value_count >= equal_count
                then {{ as_double('equal_count') }} / order_count
        end as value,
        {%- endif %}
        {{ whole_number_text('equal_count') }} || ' of ' || {{ whole_number_text('order_count') }}
        || coalesce(', such as ' || example, '') as detail
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
    union all
    select
        'respelled_product_share' as check_name,
        null as subject,
        {{ as_double('respelled_count') }} / nullif(product_count, 0) as value,
        {{ whole_number_text('respelled_count') }} || ' of '
        || {{ whole_number_text('coalesce(product_count, 0)') }}
        || coalesce(', such as ' || example, '') as detail
    from respelled_products
    {%- if are_files %}
    union all
    select
        'restated_line_share' as check_name,
        null as subject,
        {{ as_double('restatements.restated_count') }} / nullif(overlapping.line_count, 0) as value,
        {{ whole_number_text('restatements.restated_count') }} || ' of '
        || {{ whole_number_text('overlapping.line_count') }}
        || coalesce(', such as ' || restatements.example, '') as detail
    from restatements
    cross join overlapping
    union all
    select
        'repriced_delivery_share' as check_name,
        source_partition as subject,
        {{ as_double('product_count') }} / compared_count as value,
        {{ short_number_text('ratio', 2) }} || ' times as much as in ' || other_partition || ' ('
        || {{ whole_number_text('product_count') }} || ' of '
        || {{ whole_number_text('compared_count') }} || ')' as detail
    from ranked_ratios
    where most_first = 1
    union all
    select
        'foreign_delivery_share' as check_name,
        source_partition as subject,
        {{ as_double('own_count') }} / line_count as value,
        {{ whole_number_text('own_count') }} || ' of ' || {{ whole_number_text('line_count') }}
            as detail
    from ranked_files
    where most_first = 1
    {%- endif %}
)

select * from int_measured_transactions

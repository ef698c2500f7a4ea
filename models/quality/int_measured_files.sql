-- One row per check of deliveries (files, or days of a table) in the sampled lines: those that
-- overlap, contradict each other, or are of nobody else's customers and products.
{%- set are_files = lines_are_in_files(source_settings()) %}
{%- set least_customers = 20 %}
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
{%- if are_files %}

transactions as (
    select
        transaction_id,
        min(source_partition) <> max(source_partition) as is_in_several_files
    from sampled
    where amount > 0
    group by transaction_id
),

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

customers as (
    select
        customer_id,
        min(source_partition) <> max(source_partition) as is_shared
    from sampled
    group by customer_id
),

products as (
    select
        product_id,
        min(source_partition) <> max(source_partition) as is_shared
    from sampled
    where product_id is not null
    group by product_id
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
    where file_count > 1 and customer_count >= {{ least_customers }}
),
{%- endif %}

int_measured_files as (
    select
        'overlapping_delivery_share' as check_name,
        {{ as_text('null') }} as subject,
        {{ as_double('repeated_count') }} / nullif(line_count, 0) as value,
        {{ whole_number_text('repeated_count') }} || ' of '
        || {{ whole_number_text('line_count') }} || coalesce(', such as lines of ' || example, '')
            as detail
    from overlapping
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
        'foreign_delivery_share' as check_name,
        source_partition as subject,
        {{ as_double('own_count') }} / line_count as value,
        {{ whole_number_text('own_count') }} || ' of ' || {{ whole_number_text('line_count') }}
            as detail
    from ranked_files
    where most_first = 1
    {%- endif %}
)

select * from int_measured_files

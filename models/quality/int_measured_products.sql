-- One row per check of products in the sampled lines: ids written in several ways, and files whose
-- amounts are a multiple of those in the file before.
{%- set are_files = lines_are_in_files(source_settings()) %}
{%- set least_products = 10 %}
with

sampled as (
    select
        product_id,
        amount,
        source_partition
    from {{ ref('int_sampled_lines') }}
),

products as (
    select distinct product_id
    from sampled
    where product_id is not null
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
                compared_count desc, source_partition asc, step asc
        ) as most_first
    from ratios
    where step not between -2 and 2 and compared_count >= {{ least_products }}
),
{%- endif %}

int_measured_products as (
    select
        'respelled_product_share' as check_name,
        {{ as_text('null') }} as subject,
        {{ as_double('respelled_count') }} / product_count as value,
        {{ whole_number_text('respelled_count') }} || ' of '
        || {{ whole_number_text('coalesce(product_count, 0)') }}
        || coalesce(', such as ' || example, '') as detail
    from respelled_products
    {%- if are_files %}
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
    {%- endif %}
)

select * from int_measured_products

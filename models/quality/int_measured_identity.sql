-- One row per check of customer ids: those written in several ways, the largest customer, and each
-- one whose id looks like a placeholder.
{%- set least_customers = 100 %}
{%- set least_returns = 20 %}
{%- set times_the_next = 3 %}
with

customers as (
    select
        customer_id,
        frequency,
        monetary,
        {{ folded_id('customer_id') }} as folded_id
    from {{ ref('int_customer_features') }}
),

spellings as (
    select
        {{ id_as_read('folded_id') }} as spelling,
        count(*) as customer_count,
        min(customer_id) as first_spelling,
        max(customer_id) as last_spelling
    from customers
    group by {{ id_as_read('folded_id') }}
),

respelled as (
    select
        coalesce(sum(customer_count), 0) as customer_count,
        coalesce(sum(case when customer_count > 1 then customer_count end), 0) as respelled_count,
        min(
            case
                when customer_count > 1 then first_spelling || ' and ' || last_spelling
            end
        ) as example
    from spellings
),

placeholders as (
    -- Except on DuckDB, dbt loads the id null as no value.
    select distinct lower(trim(coalesce({{ as_text('placeholder_id') }}, 'null'))) as folded_id
    from {{ ref('customer_segmentation', 'placeholder_ids') }}
),

all_purchases as (
    select
        count(*) as customer_count,
        sum(frequency) as transaction_count,
        sum(monetary) as revenue,
        max(frequency) as most_purchases
    from customers
),

largest as (
    select min(customers.customer_id) as customer_id
    from customers
    inner join all_purchases
        on customers.frequency = all_purchases.most_purchases
),

-- Next to the largest one.
runner_up as (
    select max(customers.frequency) as frequency
    from customers
    inner join largest
        on customers.customer_id <> largest.customer_id
),

-- Without brackets and the domain of an e-mail: <guest@shop.example> is guest.
named_like_placeholders as (
    select
        customers.customer_id as subject,
        customers.frequency,
        customers.monetary
    from customers
    inner join placeholders
        on
            regexp_replace(translate(customers.folded_id, '[]<>()', ''), '@.*$', '')
            = placeholders.folded_id
    union all
    -- Numbers that a spreadsheet shortened, so many customers became one.
    select
        min(customer_id) as subject,
        sum(frequency) as frequency,
        sum(monetary) as monetary
    from customers
    where {{ matches('folded_id', '^[0-9]([.,][0-9]+)?e[+][0-9]+$') }}
    having count(*) > 0
    union all
    -- Number one of a till: an id with one digit but zeros, who buys far more often than anyone.
    select
        customers.customer_id as subject,
        customers.frequency,
        customers.monetary
    from customers
    inner join largest
        on customers.customer_id = largest.customer_id
    inner join runner_up
        on customers.frequency >= {{ times_the_next }} * runner_up.frequency
    inner join all_purchases
        on all_purchases.customer_count >= {{ least_customers }}
    where {{ matches('customers.folded_id', '^[a-z]{0,5}[-_ ]?0*[1-9]0*$') }}
),

-- UTF-8 that was read as latin-1: JÃ¼rgen.
garbled as (
    select
        count(*) as customer_count,
        min(customer_id) as example
    from customers
    where {{ matches('customer_id', '[ÂÃ][\u0080-\u00bf]|\ufffd') }}
),

returns as (
    select
        customer_id,
        count(*) as return_count,
        sum(count(*)) over () as all_returns,
        row_number() over (order by count(*) desc, customer_id asc) as most_first
    from {{ ref('int_loaded_lines') }}
    where amount < 0
    group by customer_id
),

-- One row even if there is no return.
most_returns as (
    select
        max(customer_id) as customer_id,
        coalesce(max(return_count), 0) as return_count,
        coalesce(max(all_returns), 0) as all_returns
    from returns
    where most_first = 1
),

int_measured_identity as (
    select
        'respelled_customer_share' as check_name,
        {{ as_text('null') }} as subject,
        {{ as_double('respelled_count') }} / nullif(customer_count, 0) as value,
        {{ whole_number_text('respelled_count') }} || ' of '
        || {{ whole_number_text('customer_count') }} || coalesce(', such as ' || example, '')
            as detail
    from respelled
    union all
    select
        'placeholder_customer_share' as check_name,
        named_like_placeholders.subject,
        greatest(
            {{ as_double('named_like_placeholders.frequency') }} / all_purchases.transaction_count,
            coalesce(
                {{ as_double('named_like_placeholders.monetary') }}
                / nullif({{ as_double('all_purchases.revenue') }}, 0),
                0
            )
        ) as value,
        {{ whole_number_text('named_like_placeholders.frequency') }} || ' of '
        || {{ whole_number_text('all_purchases.transaction_count') }} || ' transactions' as detail
    from named_like_placeholders
    cross join all_purchases
    union all
    select
        'garbled_customer_share' as check_name,
        null as subject,
        {{ as_double('garbled.customer_count') }}
        / nullif(all_purchases.customer_count, 0) as value,
        {{ whole_number_text('garbled.customer_count') }} || ' of '
        || {{ whole_number_text('all_purchases.customer_count') }}
        || coalesce(', such as ' || garbled.example, '') as detail
    from garbled
    cross join all_purchases
    union all
    select
        'largest_customer_share' as check_name,
        null as subject,
        case
            when all_purchases.customer_count >= {{ least_customers }}
                then
                    {{ as_double('all_purchases.most_purchases') }}
                    / all_purchases.transaction_count
        end as value,
        largest.customer_id || ' ('
        || {{ whole_number_text('all_purchases.most_purchases') }} || ' of '
        || {{ whole_number_text('all_purchases.transaction_count') }} || ')' as detail
    from all_purchases
    cross join largest
    union all
    select
        'largest_returning_customer_share' as check_name,
        null as subject,
        case
            when all_returns >= {{ least_returns }}
                then {{ as_double('return_count') }} / all_returns
        end as value,
        coalesce(customer_id, 'nobody')
        || ' (' || {{ whole_number_text('return_count') }} || ' of '
        || {{ whole_number_text('all_returns') }} || ')' as detail
    from most_returns
)

select * from int_measured_identity

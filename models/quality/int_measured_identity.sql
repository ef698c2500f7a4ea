-- One row per check of ids: customers written in several ways, transaction ids that recur, lines
-- in several files, and each customer whose id looks like a placeholder.
with

customers as (
    select
        customer_id,
        frequency,
        {{ folded_id('customer_id') }} as folded_id
    from {{ ref('int_customer_features') }}
),

spellings as (
    select
        folded_id,
        count(*) as customer_count,
        min(customer_id) as first_spelling,
        max(customer_id) as last_spelling
    from customers
    group by folded_id
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
    select distinct lower(trim({{ as_text('placeholder_id') }})) as folded_id
    from {{ ref('customer_segmentation', 'placeholder_ids') }}
),

all_purchases as (
    select sum(frequency) as transaction_count
    from customers
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
    where transaction_lines.amount > 0
),

transactions as (
    select
        transaction_id,
        count(distinct purchased_on) > 1 or count(distinct customer_id) > 1 as is_recurring
    from sampled
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
        customers.customer_id as subject,
        {{ as_double('customers.frequency') }} / all_purchases.transaction_count as value,
        {{ whole_number_text('customers.frequency') }} || ' of '
        || {{ whole_number_text('all_purchases.transaction_count') }} as detail
    from customers
    inner join placeholders
        on customers.folded_id = placeholders.folded_id
    cross join all_purchases
    union all
    select
        'recurring_transaction_share' as check_name,
        null as subject,
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
)

select * from int_measured_identity

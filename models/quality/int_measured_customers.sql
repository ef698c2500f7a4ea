-- One row per check of new customers, of ids in a format that only some days have, and of merges
-- that name unknown ids.
{%- set least_customers, least_lines = 20, 20 %}
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

sampled_ids as (
    select
        customer_id,
        {{ id_form('customer_id') }} as id_form
    from {{ ref('int_sampled_customers') }}
),

-- E-mail addresses and names have a form of their own each.
forms as (
    select id_form
    from sampled_ids
    group by id_form
    having count(*) >= {{ least_customers }}
),

form_days as (
    select
        coalesce(forms.id_form, 'other') as id_form,
        sampled_lines.purchased_on,
        count(*) as line_count,
        min(sampled_lines.customer_id) as example,
        min(sampled_lines.source_partition) as first_partition
    from {{ ref('int_sampled_lines') }} as sampled_lines
    inner join sampled_ids
        on sampled_lines.customer_id = sampled_ids.customer_id
    left join forms
        on sampled_ids.id_form = forms.id_form
    where sampled_lines.amount > 0
    group by coalesce(forms.id_form, 'other'), sampled_lines.purchased_on
),

periods as (
    select
        id_form,
        min(purchased_on) as first_day,
        max(purchased_on) as last_day,
        sum(line_count) as line_count,
        min(example) as example,
        min(first_partition) as first_partition
    from form_days
    where id_form <> 'other'
    group by id_form
),

-- All lines in the period of a form, and outside it.
shares as (
    select
        periods.id_form,
        {{ as_double('max(periods.line_count)') }} / sum(
            case
                when form_days.purchased_on between periods.first_day and periods.last_day
                    then form_days.line_count
            end
        ) as value,
        'from ' || {{ as_text('max(periods.first_day)') }} || ' to '
        || {{ as_text('max(periods.last_day)') }} || ' have customer ids such as '
        || max(periods.example) || ', and no others do ('
        || {{ whole_number_text('max(periods.line_count)') }} || ', first in '
        || max(periods.first_partition) || ')' as detail
    from periods
    cross join form_days
    group by periods.id_form
    having
        sum(
            case
                when form_days.purchased_on not between periods.first_day and periods.last_day
                    then form_days.line_count
            end
        ) >= {{ least_lines }}
),

ranked_forms as (
    select
        value,
        detail,
        row_number() over (order by value desc, detail desc) as most_first
    from shares
),

-- One row even if all ids have one form.
changed_form as (
    select
        max(value) as value,
        max(detail) as detail
    from ranked_forms
    where most_first = 1
),

merged_ids as (
    select distinct from_customer_id
    from {{ ref('stg_customer_merges') }}
),

known_merged as (
    select distinct transaction_lines.customer_id
    from {{ ref('int_loaded_lines') }} as transaction_lines
    inner join merged_ids
        on transaction_lines.customer_id = merged_ids.from_customer_id
),

compared_merges as (
    select
        count(*) as id_count,
        count(case when known_merged.customer_id is null then 1 end) as unknown_count,
        min(
            case when known_merged.customer_id is null then merged_ids.from_customer_id end
        ) as example
    from merged_ids
    left join known_merged
        on merged_ids.from_customer_id = known_merged.customer_id
),

int_measured_customers as (
    select
        'changed_form_customer_share' as check_name,
        {{ as_text('null') }} as subject,
        value,
        detail
    from changed_form
    union all
    select
        'unknown_merged_customer_share' as check_name,
        null as subject,
        {{ as_double('unknown_count') }} / nullif(id_count, 0) as value,
        {{ whole_number_text('unknown_count') }} || ' of ' || {{ whole_number_text('id_count') }}
        || coalesce(', such as ' || example, '') as detail
    from compared_merges
    union all
    select
        'new_customer_share' as check_name,
        null as subject,
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

-- One row per kind of line: returns, lines without a product, and lines rejected for one reason.
-- Shows what an average over all lines hides.
{%- set least_lines = 5 %}
with

input as (
    select lines_offered
    from {{ ref('int_input_measures') }}
),

rejected as (
    select
        rejection_reason,
        is_return,
        product_id,
        coalesce(', such as ' || {{ rejected_value() }}, '') || {{ rejected_column() }}
        || coalesce(' of ' || source_file, '') as example
    from {{ ref('int_rejected_lines') }}
    where rejection_reason not in {{ reasons_asked_for() }}
),

kinds as (
    select
        {{ as_text('null') }} as rejection_reason,
        amount < 0 as is_return,
        product_id is null as has_no_product
    from {{ ref('int_loaded_lines') }}
    union all
    select
        rejection_reason,
        is_return,
        product_id is null as has_no_product
    from rejected
    -- Lines without a transaction id are mostly blank lines at the end of a file.
    where rejection_reason not in ('no transaction id', 'no money moved', 'total of other lines')
),

counted as (
    select
        count(case when is_return then 1 end) as return_count,
        count(case when is_return then rejection_reason end) as rejected_returns,
        min(case when is_return then rejection_reason end) as reason_of_returns,
        count(case when has_no_product then 1 end) as without_product,
        count(case when has_no_product then rejection_reason end) as rejected_without_product,
        min(case when has_no_product then rejection_reason end) as reason_without_product
    from kinds
),

counted_kinds as (
    select
        'returns' as subject,
        rejected_returns as lines_rejected,
        return_count as line_count,
        reason_of_returns as reason
    from counted
    union all
    select
        'lines without a product' as subject,
        rejected_without_product as lines_rejected,
        without_product as line_count,
        reason_without_product as reason
    from counted
),

reasons as (
    select
        rejection_reason,
        count(*) as line_count,
        min(example) as example
    from rejected
    where rejection_reason not in {{ usual_reasons() }}
    group by rejection_reason
),

-- The setting to use, if one setting reads all dates.
readable as (
    select
        min(date_formats) as least_formats,
        max(date_formats) as most_formats
    from {{ ref('int_unreadable_dates') }}
),

int_measured_kinds as (
    select
        'rejected_kind_share' as check_name,
        subject,
        case
            when line_count >= {{ least_lines }}
                then {{ as_double('lines_rejected') }} / line_count
        end as value,
        {{ whole_number_text('lines_rejected') }} || ' of '
        || {{ whole_number_text('line_count') }} || coalesce(', such as ' || reason, '') as detail
    from counted_kinds
    union all
    select
        'rejection_reason_share' as check_name,
        reasons.rejection_reason as subject,
        {{ as_double('reasons.line_count') }} / input.lines_offered as value,
        {{ whole_number_text('reasons.line_count') }} || ' of '
        || {{ whole_number_text('input.lines_offered') }}
        || reasons.example
        || {{ date_format_hint('reasons.rejection_reason') }} as detail
    from reasons
    cross join input
    cross join readable
)

select * from int_measured_kinds

-- One row per kind of line: returns, and lines rejected for one reason. Shows what an average over
-- all lines hides.
with

input as (
    select lines_offered
    from {{ ref('int_input_measures') }}
),

rejected as (
    select
        rejection_reason,
        is_return,
        case rejection_reason
            when 'unreadable date' then purchased_at
            when 'unreadable amount' then amount
            when 'unknown currency' then currency
        end as example
    from {{ ref('int_rejected_lines') }}
    where rejection_reason not in {{ reasons_asked_for() }}
),

loaded_returns as (
    select count(*) as line_count
    from {{ ref('int_loaded_lines') }}
    where amount < 0
),

rejected_returns as (
    select count(*) as line_count
    from rejected
    where is_return
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

int_measured_kinds as (
    select
        'rejected_returns_share' as check_name,
        {{ as_text('null') }} as subject,
        {{ as_double('rejected_returns.line_count') }}
        / nullif(rejected_returns.line_count + loaded_returns.line_count, 0) as value,
        {{ whole_number_text('rejected_returns.line_count') }} || ' of '
        || {{ whole_number_text('rejected_returns.line_count + loaded_returns.line_count') }}
            as detail
    from rejected_returns
    cross join loaded_returns
    union all
    select
        'rejection_reason_share' as check_name,
        reasons.rejection_reason as subject,
        {{ as_double('reasons.line_count') }} / input.lines_offered as value,
        {{ whole_number_text('reasons.line_count') }} || ' of '
        || {{ whole_number_text('input.lines_offered') }}
        || coalesce(', such as ' || substring(reasons.example, 1, 40), '') as detail
    from reasons
    cross join input
)

select * from int_measured_kinds

-- One row per check of the lines that came, and of those that are not used, or not yet.
with

input as (
    select *
    from {{ ref('int_input_measures') }}
),

rejected as (
    select
        rejection_reason,
        count(*) as line_count,
        min({{ rejected_value() }}) as example
    from {{ ref('int_rejected_lines') }}
    where rejection_reason not in {{ reasons_asked_for() }}
    group by rejection_reason
),

-- The setting to use, if one setting reads all dates.
readable as (
    select
        min(date_formats) as least_formats,
        max(date_formats) as most_formats
    from {{ ref('int_unreadable_dates') }}
),

explained as (
    select
        rejected.rejection_reason,
        rejected.line_count,
        rejected.rejection_reason || ' ' || {{ whole_number_text('rejected.line_count') }}
        || coalesce(' such as ' || rejected.example, '')
        || {{ date_format_hint('rejected.rejection_reason') }} as sentence
    from rejected
    cross join readable
),

reasons as (
    select
        {{ texts_joined(
            'sentence', "', '", 'order by line_count desc, rejection_reason'
        ) }} as reasons
    from explained
),

int_measured_rejections as (
    select
        'rejected_share' as check_name,
        {{ as_text('null') }} as subject,
        {{ as_double('input.lines_rejected') }} / nullif(input.lines_read, 0) as value,
        {{ whole_number_text('input.lines_rejected') }}
        || ' of ' || {{ whole_number_text('input.lines_read') }}
        || coalesce(': ' || reasons.reasons, '')
        || case
            when input.lines_repeated > 0
                then
                    '; exact duplicates left out: '
                    || {{ whole_number_text('input.lines_repeated') }}
            else ''
        end as detail
    from input
    cross join reasons
    union all
    select
        'left_out_share' as check_name,
        null as subject,
        lines_left_out / nullif({{ as_double('lines_offered') }}, 0) as value,
        {{ whole_number_text('lines_left_out') }}
        || ' of ' || {{ whole_number_text('lines_offered') }} as detail
    from input
    union all
    select
        'lines_ahead' as check_name,
        null as subject,
        {{ as_double('lines_ahead') }} as value,
        {{ as_text('null') }} as detail
    from input
    union all
    select
        'ancient_lines' as check_name,
        null as subject,
        {{ as_double('ancient_lines') }} as value,
        {{ as_text('null') }} as detail
    from input
    union all
    select
        'later_return_share' as check_name,
        null as subject,
        {%- if snapshot_date_setting() %}
        {{ as_double('null') }} as value,
        {%- else %}
        {{ as_double('later_returns') }} / nullif(later_returns + returns_in_window, 0) as value,
        {%- endif %}
        {{ whole_number_text('later_returns') }}
        || ' of ' || {{ whole_number_text('later_returns + returns_in_window') }} as detail
    from input
    union all
    select
        'lines_offered' as check_name,
        null as subject,
        {{ as_double('lines_offered') }} as value,
        {{ as_text('null') }} as detail
    from input
)

select * from int_measured_rejections

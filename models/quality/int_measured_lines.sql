-- One row per check of the volume and the dates of the loaded lines, compared with the last
-- refreshes.
{%- set compared_refreshes = 3 %}
{%- set observation_months = observation_months_setting() %}
with

input as (
    select *
    from {{ ref('int_input_measures') }}
),

completed as (
    select
        refresh_number,
        snapshot_date,
        window_start,
        lines_to_date,
        lines_in_window
    from {{ ref('earlier_refreshes') }}
),

-- If a snapshot date was built several times, the last build counts. Data without a purchase have
-- no snapshot date and are compared with the newest refreshes.
earlier as (
    select
        completed.snapshot_date,
        completed.window_start,
        completed.lines_to_date,
        completed.lines_in_window,
        row_number() over (
            partition by completed.snapshot_date order by completed.refresh_number desc
        ) as newest_of_its_date
    from completed
    inner join input
        on completed.snapshot_date < coalesce(input.snapshot_date, cast('9999-12-31' as date))
),

-- Windows of a different length hold different lines.
recent as (
    select
        lines_to_date,
        case
            when
                window_start
                {%- if observation_months %}
                = {{ months_before('snapshot_date', observation_months) }}
                {%- else %}
                = cast('0001-01-01' as date)
                {%- endif %}
                then lines_in_window
        end as lines_in_window,
        row_number() over (order by snapshot_date desc) as newest_first
    from earlier
    where newest_of_its_date = 1
),

usual as (
    select
        avg({{ as_double('lines_to_date') }}) as lines_to_date,
        avg({{ as_double('lines_in_window') }}) as lines_in_window
    from recent
    where newest_first <= {{ compared_refreshes }}
),

newest as (
    select max(snapshot_date) as snapshot_date
    from completed
),

int_measured_lines as (
    select
        'lines_to_date_ratio' as check_name,
        {{ as_text('null') }} as subject,
        input.lines_to_date / nullif(usual.lines_to_date, 0) as value,
        {{ whole_number_text('input.lines_to_date') }} || ' lines' as detail
    from input
    cross join usual
    union all
    select
        'lines_in_window_ratio' as check_name,
        null as subject,
        input.lines_in_window / nullif(usual.lines_in_window, 0) as value,
        {{ whole_number_text('input.lines_in_window') }} || ' lines' as detail
    from input
    cross join usual
    union all
    select
        'days_since_last_purchase' as check_name,
        null as subject,
        {{ as_double(days_between('last_purchase_date', 'snapshot_date')) }} as value,
        {{ as_text('last_purchase_date') }} as detail
    from input
    union all
    select
        'days_gone_back' as check_name,
        null as subject,
        {%- if snapshot_date_setting() %}
        {{ as_double('null') }} as value,
        {%- else %}
        {{ as_double('greatest(0, coalesce(' ~ days_between(
            'input.snapshot_date', 'newest.snapshot_date'
        ) ~ ', 0))') }} as value,
        {%- endif %}
        {{ as_text('null') }} as detail
    from input
    cross join newest
    union all
    select
        'longest_recent_gap_days' as check_name,
        null as subject,
        {{ as_double('longest_recent_gap_days') }} as value,
        {{ as_text('last_purchase_date') }} as detail
    from input
)

select * from int_measured_lines

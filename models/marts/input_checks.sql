-- One row per check of what came in, and one for all of them.
{%- set compared_refreshes = 3 %}
{%- set observation_months = observation_months_setting() %}
with

input as (
    select *
    from {{ ref('int_input_measures') }}
),

current_refresh as (
    select previous_snapshot_date
    from {{ ref('int_current_refresh') }}
),

customers as (
    select customer_id
    from {{ ref('customer_features') }}
),

refused as (
    select
        rejection_reason,
        count(*) as line_count,
        min(case rejection_reason
            when 'unreadable date' then purchased_at
            when 'unreadable amount' then amount
            when 'unknown currency' then currency
        end) as example
    from {{ ref('rejected_transactions') }}
    where rejection_reason not in {{ reasons_asked_for() }}
    group by rejection_reason
),

-- What to set, where one setting reads all dates.
readable as (
    select
        min(date_formats) as least_formats,
        max(date_formats) as most_formats
    from {{ ref('int_unreadable_dates') }}
),

completed as (
    {{ earlier_rows('completed_refreshes', {
        'refresh_number': 'bigint', 'snapshot_date': 'date', 'window_start': 'date',
        'lines_to_date': 'bigint', 'lines_in_window': 'bigint'
    }) }}
),

states_before as (
    {{ states_at('snapshot_date', '<') }}
),

refusals as (
    select
        {{ texts_joined(
            "rejection_reason || ' ' || " ~ as_text('line_count')
            ~ " || coalesce(' such as ' || substring(example, 1, 40), '')"
            ~ " || case when rejection_reason = 'unreadable date' and least_formats = most_formats"
            ~ " then ', which date_format ' || least_formats || ' reads' else '' end",
            "', '", 'order by line_count desc, rejection_reason'
        ) }} as reasons
    from refused
    cross join readable
),

-- Of a snapshot date that was built again, the last time counts; data without a purchase have no
-- snapshot date, and are compared with the newest.
earlier as (
    select
        completed.snapshot_date,
        completed.window_start,
        completed.lines_to_date,
        completed.lines_in_window,
        row_number() over (
            partition by completed.snapshot_date order by completed.refresh_number desc
        ) as of_its_date
    from completed
    inner join input
        on completed.snapshot_date < coalesce(input.snapshot_date, cast('9999-12-31' as date))
),

recent as (
    select
        earlier.lines_to_date,
        case
            when
                earlier.window_start
                {%- if observation_months %}
                = {{ months_before('earlier.snapshot_date', observation_months) }}
                {%- else %}
                = cast('0001-01-01' as date)
                {%- endif %}
                then earlier.lines_in_window
        end as lines_in_window,
        row_number() over (order by earlier.snapshot_date desc) as place
    from earlier
    where earlier.of_its_date = 1
),

usual as (
    select
        avg({{ as_double('lines_to_date') }}) as lines_to_date,
        avg({{ as_double('lines_in_window') }}) as lines_in_window
    from recent
    where place <= {{ compared_refreshes }}
),

newest as (
    select max(snapshot_date) as snapshot_date
    from completed
),

known as (
    select count(*) as customer_count
    from states_before
),

newcomers as (
    select
        count(customers.customer_id) as customer_count,
        count(case when states_before.customer_id is null then 1 end) as new_count
    from customers
    left join states_before
        on customers.customer_id = states_before.customer_id
),

shares as (
    select
        input.*,
        {{ as_double('input.lines_rejected') }} / nullif(input.lines_read, 0) as refused_share,
        refusals.reasons,
        input.lines_left_out / nullif({{ as_double('input.lines_offered') }}, 0) as left_out_share,
        input.lines_to_date / nullif(usual.lines_to_date, 0) as lines_to_date_ratio,
        input.lines_in_window / nullif(usual.lines_in_window, 0) as lines_in_window_ratio,
        case
            when
                known.customer_count > 0
                and current_refresh.previous_snapshot_date > input.window_start
                then
                    {{ as_double('newcomers.new_count') }} / nullif(newcomers.customer_count, 0)
        end as new_customer_share,
        {{ days_between('input.last_purchase_date', 'input.snapshot_date') }}
            as days_since_last_purchase,
        {%- if snapshot_date_setting() %}
        cast(null as integer) as days_gone_back
        {%- else %}
        greatest(0, coalesce({{ days_between(
            'input.snapshot_date', 'coalesce(newest.snapshot_date, input.snapshot_date)'
        ) }}, 0)) as days_gone_back
        {%- endif %}
    from input
    cross join refusals
    cross join usual
    cross join newest
    cross join newcomers
    cross join known
    cross join current_refresh
),

measures as (
    {{ measured(
        'refused_share', 'refused_share',
        "coalesce(" ~ as_text('lines_rejected') ~ " || ' of ' || " ~ as_text('lines_read')
        ~ " || ' lines are refused, ' || " ~ percent_text('refused_share')
        ~ " || coalesce(' (' || reasons || ')', ''), 'There is no line')"
    ) }}
    from shares
    union all
    {{ measured(
        'left_out_share', 'left_out_share',
        as_text('lines_left_out') ~ " || ' of ' || " ~ as_text('lines_offered')
        ~ " || ' lines are left out by lines_where'"
    ) }}
    from shares
    union all
    {{ measured(
        'lines_ahead', 'lines_ahead',
        "coalesce(" ~ as_text('lines_ahead') ~ " || ' lines are dated after tomorrow',"
        ~ " 'Dates ahead are allowed')"
    ) }}
    from shares
    union all
    {{ measured(
        'lines_to_date_ratio', 'lines_to_date_ratio',
        "coalesce('The lines up to the snapshot date are ' || "
        ~ percent_text('lines_to_date_ratio') ~ " || ' of those at the last refreshes',"
        ~ " 'There is no earlier refresh to compare the lines with')"
    ) }}
    from shares
    union all
    {{ measured(
        'lines_in_window_ratio', 'lines_in_window_ratio',
        "coalesce('The lines in the observation window are ' || "
        ~ percent_text('lines_in_window_ratio') ~ " || ' of those at the last refreshes',"
        ~ " 'There is no earlier refresh to compare the observation window with')"
    ) }}
    from shares
    union all
    {{ measured(
        'new_customer_share', 'new_customer_share',
        "coalesce(" ~ percent_text('new_customer_share')
        ~ " || ' of the customers were in no earlier refresh',"
        ~ " 'There is no refresh in the observation window to compare the customers with')"
    ) }}
    from shares
    union all
    {{ measured(
        'days_since_last_purchase', 'days_since_last_purchase',
        "coalesce('Days from the last purchase to the snapshot date '"
        ~ " || " ~ as_text('snapshot_date') ~ " || ': ' || "
        ~ as_text('days_since_last_purchase') ~ ","
        ~ " 'There is no purchase before the snapshot date')"
    ) }}
    from shares
    union all
    {{ measured(
        'days_gone_back', 'days_gone_back',
        "coalesce('Days that the data end before those of an earlier refresh: '"
        ~ " || " ~ as_text('days_gone_back') ~ ", 'The snapshot date is not by the data')"
    ) }}
    from shares
    union all
    {{ measured(
        'longest_recent_gap_days', 'longest_recent_gap_days',
        "coalesce('Longest gap in days between the last purchase dates, up to '"
        ~ " || " ~ as_text('last_purchase_date') ~ " || ': '"
        ~ " || " ~ as_text('longest_recent_gap_days') ~ ","
        ~ " 'There is only one purchase date, or none')"
    ) }}
    from shares
),

{{ judged_checks(
    'The input is as usual.', 'The input is not as usual:'
) }},

input_checks as (
    select
        check_name,
        value,
        warn_limit,
        fail_limit,
        limit_kind,
        status,
        verdict
    from judged
    union all
    select
        check_name,
        value,
        warn_limit,
        fail_limit,
        limit_kind,
        status,
        verdict
    from overall
)

select * from input_checks

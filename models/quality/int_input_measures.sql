-- One row: the number of lines that arrived, the number loaded, and their days up to the snapshot
-- date.
{%- set recent_days = 10 %}
{%- set longest_gap_days = 366 %}
with

seen as (
    select
        snapshot_date,
        window_start
    from {{ ref('int_snapshot') }}
),

transactions as (
    select
        purchased_on,
        amount
    from {{ ref('int_loaded_lines') }}
),

rejected as (
    select
        count(case
            when rejection_reason not in {{ reasons_asked_for() }} then 1
        end) as lines_rejected,
        count(case when rejection_reason = 'left out by lines_where' then 1 end) as lines_left_out,
        count(case when rejection_reason = 'exact duplicate' then 1 end) as lines_repeated
    from {{ ref('int_rejected_lines') }}
),

daily as (
    select
        purchased_on,
        count(*) as line_count,
        count(case when amount > 0 then 1 end) as purchase_lines,
        count(case when amount < 0 then 1 end) as return_lines
    from transactions
    group by purchased_on
),

used as (
    select
        coalesce(sum(line_count), 0) as lines_used,
        {%- if source_settings().allow_future_dates %}
        cast(null as bigint) as lines_ahead
        {%- else %}
        coalesce(sum(
            case when purchased_on > {{ day_after(today()) }} then line_count end
        ), 0) as lines_ahead
        {%- endif %}
    from daily
),

purchase_days as (
    select
        daily.purchased_on,
        lag(daily.purchased_on) over (order by daily.purchased_on) as day_before,
        row_number() over (order by daily.purchased_on desc) as recent_rank
    from daily
    inner join seen
        on daily.purchased_on < seen.snapshot_date
    where daily.purchase_lines > 0
),

-- The first day after the last year without a purchase.
resumed as (
    select max(purchased_on) as resumed_on
    from purchase_days
    where {{ days_between('day_before', 'purchased_on') }} > {{ longest_gap_days }}
),

before_snapshot as (
    select
        coalesce(sum(daily.line_count), 0) as lines_to_date,
        coalesce(sum(
            case when daily.purchased_on >= seen.window_start then daily.line_count end
        ), 0) as lines_in_window,
        coalesce(sum(
            case when daily.purchased_on >= seen.window_start then daily.return_lines end
        ), 0) as returns_in_window,
        coalesce(sum(
            case
                when
                    daily.purchased_on < {{ months_before('seen.snapshot_date', 360) }}
                    or daily.purchased_on < resumed.resumed_on
                    then daily.line_count
            end
        ), 0) as ancient_lines
    from seen
    cross join resumed
    inner join daily
        on seen.snapshot_date > daily.purchased_on
),

-- Returns after the last purchase, up to tomorrow.
after_snapshot as (
    select coalesce(sum(daily.return_lines), 0) as later_returns
    from seen
    inner join daily
        on
            seen.snapshot_date <= daily.purchased_on
            and daily.purchased_on <= {{ day_after(today()) }}
),

-- Not only the last gap: several lines with the same wrong year are close together.
recent as (
    select
        max(purchased_on) as last_purchase_date,
        max({{ days_between('day_before', 'purchased_on') }}) as longest_recent_gap_days
    from purchase_days
    where recent_rank <= {{ recent_days }}
),

int_input_measures as (
    select
        seen.snapshot_date,
        seen.window_start,
        cast(used.lines_used + rejected.lines_rejected as bigint) as lines_read,
        rejected.lines_rejected,
        rejected.lines_left_out,
        rejected.lines_repeated,
        cast(
            used.lines_used + rejected.lines_rejected + rejected.lines_left_out
            + rejected.lines_repeated as bigint
        ) as lines_offered,
        cast(used.lines_ahead as bigint) as lines_ahead,
        cast(after_snapshot.later_returns as bigint) as later_returns,
        cast(before_snapshot.returns_in_window as bigint) as returns_in_window,
        cast(before_snapshot.ancient_lines as bigint) as ancient_lines,
        cast(before_snapshot.lines_to_date as bigint) as lines_to_date,
        cast(before_snapshot.lines_in_window as bigint) as lines_in_window,
        recent.last_purchase_date,
        recent.longest_recent_gap_days
    from seen
    cross join used
    cross join rejected
    cross join before_snapshot
    cross join after_snapshot
    cross join recent
)

select * from int_input_measures

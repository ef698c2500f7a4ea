-- One row per date check: too old, before those of an earlier refresh, or far apart.
with

input as (
    select
        snapshot_date,
        last_purchase_date,
        longest_recent_gap_days
    from {{ ref('int_input_measures') }}
),

completed as (
    select snapshot_date
    from {{ ref('earlier_refreshes') }}
),

newest as (
    select max(snapshot_date) as snapshot_date
    from completed
),

int_measured_dates as (
    select
        'days_since_last_purchase' as check_name,
        {{ as_text('null') }} as subject,
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

select * from int_measured_dates

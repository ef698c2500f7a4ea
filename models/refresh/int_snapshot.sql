-- One row: the day the features are computed as of, and the first day of the observation window.
{%- set given_date = "'" ~ snapshot_date_setting() ~ "'" if snapshot_date_setting() else 'null' %}
{%- set observation_months = observation_months_setting() %}
{%- set allow_future_dates = source_settings().allow_future_dates %}
with

transactions as (
    select
        purchased_on,
        amount
    from {{ ref('int_loaded_lines') }}
),

{% if allow_future_dates -%}
last_purchase as (
    select max(purchased_on) as last_purchase_date
    from transactions
    where amount > 0
),
{%- else -%}
-- Dates after tomorrow are booked ahead or wrong, and do not count as the last purchase.
last_purchase as (
    select max(purchased_on) as last_purchase_date
    from transactions
    where
        amount > 0
        and purchased_on <= {{ day_after(today()) }}
),
{%- endif %}

dated as (
    select
        -- Not from the clock: rebuilding old data gives the old result.
        coalesce(
            cast({{ given_date }} as date), {{ day_after('last_purchase_date') }}
        ) as snapshot_date
    from last_purchase
),

int_snapshot as (
    select
        snapshot_date,
        {%- if observation_months %}
        {{ months_before('snapshot_date', observation_months) }} as window_start
        {%- else %}
        cast('0001-01-01' as date) as window_start
        {%- endif %}
    from dated
)

select * from int_snapshot

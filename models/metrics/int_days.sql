-- One row per day from 2000 to 2099.
with

numbered as (
    {{ dbt.generate_series(36525) }}
),

int_days as (
    select
        {{ days_after("cast('2000-01-01' as date)", 'cast(generated_number as integer) - 1') }}
            as date_day
    from numbered
)

select * from int_days

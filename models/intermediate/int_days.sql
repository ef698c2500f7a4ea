-- One row per day from 2000 to 2099.
with

numbered as (
    {{ dbt.generate_series(36525) }}
),

int_days as (
    select
        cast({{ dbt.dateadd(
            'day', 'cast(generated_number as integer) - 1', "cast('2000-01-01' as date)"
        ) | replace('\n', ' ') | trim }} as date) as date_day
    from numbered
)

select * from int_days

-- One row: the number of the refresh that is being built.
with

started as (
    {{ earlier_rows('int_refreshes', {'refresh_number': 'bigint'}) }}
),

next_refresh as (
    select cast(coalesce(max(refresh_number), 0) + 1 as bigint) as refresh_number
    from started
)

select * from next_refresh

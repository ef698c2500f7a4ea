-- One row per check, from the seed or model that the variable check_thresholds names.
with

thresholds as (
    select *
    from {{ model_or_seed('check_thresholds') }}
),

stg_check_thresholds as (
    select
        {{ as_text('about') }} as about,
        {{ as_text('check_name') }} as check_name,
        {{ as_text('unit') }} as unit,
        {{ as_text('bad_side') }} as bad_side,
        {{ as_double('warn_threshold') }} as warn_threshold,
        {{ as_double('fail_threshold') }} as fail_threshold,
        {{ as_text('sentence') }} as sentence,
        {{ as_text('sentence_without_value') }} as sentence_without_value,
        {{ as_text('advice') }} as advice
    from thresholds
)

select * from stg_check_thresholds

-- One row per data check; one row per subject if a check covers several.
with

measures as (
    select
        check_name,
        {{ as_text('null') }} as subject,
        value,
        detail
    from {{ ref('int_measured_lines') }}
    union all
    select
        check_name,
        null as subject,
        value,
        detail
    from {{ ref('int_measured_rejections') }}
    union all
    select
        check_name,
        subject,
        value,
        detail
    from {{ ref('int_measured_deliveries') }}
    union all
    select
        check_name,
        subject,
        value,
        detail
    from {{ ref('int_measured_kinds') }}
    union all
    select
        check_name,
        null as subject,
        value,
        detail
    from {{ ref('int_measured_orders') }}
    union all
    select
        check_name,
        subject,
        value,
        detail
    from {{ ref('int_measured_source') }}
    union all
    select
        check_name,
        subject,
        value,
        detail
    from {{ ref('int_measured_identity') }}
    union all
    select
        check_name,
        null as subject,
        value,
        detail
    from {{ ref('int_measured_transactions') }}
    union all
    select
        check_name,
        null as subject,
        value,
        detail
    from {{ ref('int_measured_amounts') }}
    union all
    select
        check_name,
        subject,
        value,
        detail
    from {{ ref('int_measured_products') }}
    union all
    select
        check_name,
        subject,
        value,
        detail
    from {{ ref('int_measured_files') }}
    union all
    select
        check_name,
        null as subject,
        value,
        detail
    from {{ ref('int_measured_customers') }}
    union all
    select
        check_name,
        null as subject,
        value,
        detail
    from {{ ref('int_measured_dates') }}
    union all
    select
        check_name,
        null as subject,
        value,
        null as detail
    from {{ ref('int_measured_fitness') }}
    union all
    select
        check_name,
        subject,
        value,
        null as detail
    from {{ ref('int_measured_features') }}
),

judged as (
    {{ judged('measures', facts=['subject', 'detail']) }}
),

segment_data_checks as (
    select
        about,
        check_name,
        subject,
        value,
        warn_threshold,
        fail_threshold,
        bad_side,
        status,
        verdict
    from judged
)

select * from segment_data_checks

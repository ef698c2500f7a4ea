-- One row per delivery (a file, or a day of a table with at least ten lines) that this refresh
-- read and that had rejected lines: the twenty with the largest rejected share.
{%- set are_files = lines_are_in_files(source_settings()) %}
with

deliveries as (
    select
        source_partition,
        fingerprint
    from {{ ref('int_source_partitions') }}
    -- Lines without a date are not a day, and a source that is read as a whole is not a delivery.
    where source_partition not in ('no date', 'all')
),

rejected as (
    select
        rejected_lines.fingerprint,
        rejected_lines.rejection_reason,
        count(*) as line_count,
        min(
            coalesce(' such as ' || {{ rejected_value() }}, '') || {{ rejected_column() }}
        ) as example
    from {{ ref('int_rejected_lines') }} as rejected_lines
    where rejected_lines.rejection_reason is not null
    group by rejected_lines.fingerprint, rejected_lines.rejection_reason
),

loaded as (
    select
        loaded_lines.fingerprint,
        count(*) as line_count
    from {{ ref('int_loaded_lines') }} as loaded_lines
    group by loaded_lines.fingerprint
),

ranked as (
    select
        fingerprint,
        rejection_reason,
        example,
        sum(line_count) over (partition by fingerprint) as lines_rejected,
        sum(case when rejection_reason not in {{ usual_reasons() }} then line_count end)
            over (partition by fingerprint) as lines_unread,
        row_number() over (
            partition by fingerprint
            order by line_count desc, rejection_reason asc
        ) as commonest_first
    from rejected
    where rejection_reason not in {{ reasons_asked_for() }}
),

counted as (
    select
        deliveries.source_partition,
        ranked.rejection_reason,
        ranked.example,
        -- Guests, copies and lines without money are normal, except in a file that lost all lines.
        cast(
            {%- if are_files %}
            case
                when loaded.fingerprint is null then ranked.lines_rejected
                else ranked.lines_unread
            end
            {%- else %}
            ranked.lines_unread
            {%- endif %} as bigint
        ) as lines_rejected,
        cast(ranked.lines_rejected + coalesce(loaded.line_count, 0) as bigint) as lines_read
    from ranked
    inner join deliveries
        on ranked.fingerprint = deliveries.fingerprint
    left join loaded
        on ranked.fingerprint = loaded.fingerprint
    where ranked.commonest_first = 1
),

-- The setting to use, if one setting reads all dates of the delivery.
readable as (
    select
        source_partition as delivery,
        min(date_formats) as least_formats,
        max(date_formats) as most_formats
    from {{ ref('int_unreadable_dates') }}
    group by source_partition
),

judged_deliveries as (
    select
        'delivery_rejected_share' as check_name,
        counted.source_partition as subject,
        {{ as_double('counted.lines_rejected') }} / counted.lines_read as value,
        {{ whole_number_text('counted.lines_rejected') }}
        || ' of ' || {{ whole_number_text('counted.lines_read') }}
        || ', mostly ' || counted.rejection_reason || counted.example
        || {{ date_format_hint('counted.rejection_reason') }} as detail
    from counted
    left join readable
        on counted.source_partition = readable.delivery
    where
        counted.lines_rejected > 0
        {%- if not are_files %}
        and counted.lines_read >= 10
        {%- endif %}
    order by value desc, counted.lines_rejected desc, counted.source_partition asc
    limit 20
),

-- A day of a table has lines; an export that failed may leave a file with nothing but a header.
empty as (
    select
        count(*) as file_count,
        min(deliveries.source_partition) as example
    from deliveries
    where
        deliveries.fingerprint not in (select loaded.fingerprint from loaded)
        and deliveries.fingerprint not in (select rejected.fingerprint from rejected)
),

int_measured_deliveries as (
    select
        check_name,
        subject,
        value,
        detail
    from judged_deliveries
    union all
    select
        'empty_deliveries' as check_name,
        {{ as_text('null') }} as subject,
        {{ as_double('file_count') }} as value,
        coalesce('such as ' || example, 'none') as detail
    from empty
)

select * from int_measured_deliveries

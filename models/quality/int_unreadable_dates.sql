-- One row per source partition and form of the time of day in its unreadable dates, with the
-- settings that would read all of them.
{%- set time = '[T ]+[0-9]{1,2}:[0-9]{2}' %}
{%- set times = {
    time ~ '$': ' %H:%M', time ~ ':[0-9]{2}$': ' %H:%M:%S', time ~ ' ?[AaPp][Mm]$': ' %I:%M %p',
    time ~ ':[0-9]{2} ?[AaPp][Mm]$': ' %I:%M:%S %p'
} %}
with

rejected_lines as (
    select
        trim(purchased_at) as purchased_at,
        fingerprint
    from {{ ref('int_rejected_lines') }}
    where rejection_reason = 'unreadable date'
),

source_partitions as (
    select
        source_partition,
        fingerprint
    from {{ ref('int_source_partitions') }}
),

split as (
    select
        source_partitions.source_partition,
        rejected_lines.purchased_at,
        case
            {%- for expression, format in times.items() %}
            when {{ matches('rejected_lines.purchased_at', expression) }} then '{{ format }}'
            {%- endfor %}
            else ''
        end as time_format,
        regexp_replace(rejected_lines.purchased_at, '{{ time }}.*$', '') as day_text
    from rejected_lines
    inner join source_partitions
        on rejected_lines.fingerprint = source_partitions.fingerprint
),

tried as (
    select
        source_partition,
        time_format,
        purchased_at,
        {%- for format in date_formats_tried() %}
        {{ is_read_by('day_text', format) }} as is_read_{{ loop.index }},
        {%- endfor %}
        1 as line_count
    from split
),

counted as (
    select
        source_partition,
        time_format,
        min(purchased_at) as example,
        {%- for format in date_formats_tried() %}
        sum(is_read_{{ loop.index }}) as lines_read_{{ loop.index }},
        {%- endfor %}
        sum(line_count) as line_count
    from tried
    group by source_partition, time_format
),

listed as (
    select
        source_partition,
        cast(line_count as bigint) as line_count,
        example,
        {{ formats_that_read_all() }} as formats
    from counted
),

int_unreadable_dates as (
    select
        source_partition,
        line_count,
        example,
        case when formats <> '' then regexp_replace(formats, ' or $', '') end as date_formats
    from listed
)

select * from int_unreadable_dates

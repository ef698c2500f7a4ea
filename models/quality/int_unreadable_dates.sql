-- One row per source partition and form of the time of day in its unreadable dates, with the
-- settings that would read all of them.
{%- set time = '[T ]+[0-9]{1,2}:[0-9]{2}' %}
{%- set times = {
    time ~ '$': ' %H:%M', time ~ ':[0-9]{2}$': ' %H:%M:%S', time ~ ' ?[AaPp][Mm]$': ' %I:%M %p',
    time ~ ':[0-9]{2} ?[AaPp][Mm]$': ' %I:%M:%S %p'
} %}
with

refused_lines as (
    select
        trim(purchased_at) as purchased_at,
        part_key
    from {{ ref('int_rejected_lines') }}
    where rejection_reason = 'unreadable date'
),

source_parts as (
    select
        part,
        part_key
    from {{ ref('int_source_parts') }}
),

split as (
    select
        source_parts.part,
        refused_lines.purchased_at,
        case
            {%- for expression, format in times.items() %}
            when {{ matches('refused_lines.purchased_at', expression) }} then '{{ format }}'
            {%- endfor %}
            else ''
        end as time_format,
        regexp_replace(refused_lines.purchased_at, '{{ time }}.*$', '') as day_text
    from refused_lines
    inner join source_parts
        on refused_lines.part_key = source_parts.part_key
),

tried as (
    select
        part,
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
        part,
        time_format,
        min(purchased_at) as example,
        {%- for format in date_formats_tried() %}
        sum(is_read_{{ loop.index }}) as lines_read_{{ loop.index }},
        {%- endfor %}
        sum(line_count) as line_count
    from tried
    group by part, time_format
),

listed as (
    select
        part,
        cast(line_count as bigint) as line_count,
        example,
        {{ formats_that_read_all() }} as formats
    from counted
),

int_unreadable_dates as (
    select
        part,
        line_count,
        example,
        case when formats <> '' then regexp_replace(formats, ' or $', '') end as date_formats
    from listed
)

select * from int_unreadable_dates

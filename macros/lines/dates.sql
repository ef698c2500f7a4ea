{#- How the day of a line is read. -#}

{#- The calendar day of a line by the settings; null if it cannot be read. -#}
{% macro transaction_date(source, column) -%}
    {%- set days = [] -%}
    {%- for format in source['date_format'] or ['iso'] -%}
        {%- do days.append(date_written_as(column, format, source['time_zone'])) -%}
    {%- endfor -%}
    {{ return(days[0] if days | length == 1 else 'coalesce(' ~ days | join(', ') ~ ')') }}
{%- endmacro %}


{#- The day of a line with copied values: its own, or that of another line of its order. -#}
{% macro carried_day(source) -%}
    {%- set column = source['purchased_at'] -%}
    {%- set input = source['inputs'] | selectattr('alias', 'equalto', column) | first -%}
    {{ return(transaction_date(source, column) if input.is_carried else 'source_day') }}
{%- endmacro %}


{#- The calendar day of a value in one date format; null if it is in a different one. -#}
{% macro date_written_as(column, format, time_zone) -%}
    {%- set bounds = {'unix_seconds': [100000000, 7258118400],
        'unix_milliseconds': [100000000000, 7258118400000],
        'unix_microseconds': [100000000000000, 7258118400000000],
        'excel_serial': [1, 109575]}.get(format) -%}
    {%- if format == 'iso' -%}
        {{ return(calendar_day(column, time_zone)) }}
    {%- elif not bounds -%}
        {{ return(day_by_pattern('trim(' ~ as_text(column) ~ ')', format, time_zone)) }}
    {%- endif -%}
    {#- From 1973 to 2199, so no number is a valid day in two of these formats. -#}
    {%- set number = try_cast_as(as_text(column), type_double()) -%}
    {%- set number = 'case when ' ~ number ~ ' >= ' ~ bounds[0] ~ ' and ' ~ number ~ ' < '
        ~ bounds[1] ~ ' then ' ~ number ~ ' end' -%}
    {%- if format == 'excel_serial' -%}
        {{ return(days_after("cast('1899-12-30' as date)", 'cast(floor(' ~ number ~ ') as integer)')) }}
    {%- endif -%}
    {%- set per_second = {'unix_milliseconds': ' / 1000', 'unix_microseconds': ' / 1000000'} -%}
    {{ return(day_of_seconds('(' ~ number ~ ')' ~ per_second.get(format, ''), time_zone)) }}
{%- endmacro %}


{#- The date formats tried on unreadable dates, to suggest the one to set. -#}
{% macro date_formats_tried() -%}
    {%- set numbers = ['%d/%m/%Y', '%m/%d/%Y', '%d.%m.%Y', '%d-%m-%Y', '%m-%d-%Y', '%Y/%m/%d',
        '%Y.%m.%d', '%d/%m/%y', '%m/%d/%y', '%d.%m.%y', '%d-%m-%y', '%m-%d-%y', '%d/%m/%Y,',
        '%m/%d/%Y,', '%d.%m.%Y,'] -%}
    {{ return(date_words() + numbers + date_formats_with_names()) }}
{%- endmacro %}


{#- 1 if a date format reads a text as a plausible day. -#}
{% macro is_read_by(text, format) -%}
    {{ return(
        'case when ' ~ date_written_as(text, format, 'as_written')
        ~ " between cast('1970-01-02' as date) and cast('2099-12-31' as date) then 1 end"
    ) }}
{%- endmacro %}


{#- The date formats that read all lines of a row of int_unreadable_dates, each followed by ' or
    '. -#}
{% macro formats_that_read_all() -%}
    {%- set texts = [] -%}
    {%- for format in date_formats_tried() -%}
        {%- set name = "'" ~ format ~ " or '" if format in date_words()
            else text_literal("'" ~ format) ~ ' || time_format || ' ~ text_literal("' or ") -%}
        {%- do texts.append(
            'case when lines_read_' ~ loop.index ~ ' = line_count then ' ~ name ~ " else '' end"
        ) -%}
    {%- endfor -%}
    {{ return(texts | join('\n        || ')) }}
{%- endmacro %}


{#- Patterns with month names, which have no numbers to reorder, need an engine that reads
    them. -#}
{% macro date_formats_with_names() -%}
    {{ return(adapter.dispatch('date_formats_with_names', 'customer_segmentation')()) }}
{%- endmacro %}


{% macro default__date_formats_with_names() -%}
    {{ return([]) }}
{%- endmacro %}


{#- Stops a build if a time zone is unknown, or cannot be used. -#}
{% macro check_time_zone(source) -%}
    {%- set zone = source['time_zone'] -%}
    {%- if zone not in ('UTC', 'as_written') -%}
        {{ adapter.dispatch('check_time_zone', 'customer_segmentation')(zone) }}
    {%- endif -%}
{%- endmacro %}


{% macro default__check_time_zone(zone) -%}
{%- endmacro %}


{#- What to say of unreadable dates: the setting in `readable`, a CTE of int_unreadable_dates, if one
    setting reads them all. -#}
{% macro date_format_hint(rejection_reason) -%}
    case
            when
                {{ rejection_reason }} = 'unreadable date'
                and readable.least_formats = readable.most_formats
                then ', which date_format ' || readable.least_formats || ' reads'
            else ''
        end
{%- endmacro %}

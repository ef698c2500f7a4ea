{#- Spark's version of the macros in default.sql. -#}

{#- Spark reads 2025 as January 1: a day must have all three parts. -#}
{% macro spark__try_cast_as(expression, type) -%}
    {%- set cast = 'try_cast(' ~ expression ~ ' as ' ~ type ~ ')' -%}
    {%- set whole = 'cast(' ~ expression ~ " as string) rlike '^ *[0-9]+-[0-9]+-[0-9]+'" -%}
    {{ return('case when ' ~ whole ~ ' then ' ~ cast ~ ' end' if type == 'date' else cast) }}
{%- endmacro %}

{#- If the two sides together have more than 38 digits, Spark rounds the product. -#}
{% macro spark__product_type(factors) -%}
    {{ return('decimal(18, 4)' if factors == 1 else 'decimal(19, 8)') }}
{%- endmacro %}

{#- Spark itself reads a text without a zone in the zone of the session. -#}
{% macro spark__calendar_day(column, time_zone) -%}
    {%- set zoned = ':[0-9]{2}([.][0-9]+)? *(Z|[+-][0-9]{2}(:?[0-9]{2})?) *$' -%}
    {%- if time_zone == 'as_written' -%}
        {{ return(default__calendar_day(column, time_zone)) }}
    {%- endif -%}
    case
            when {{ as_text(column) }} rlike '{{ zoned }}'
                then cast(from_utc_timestamp(to_utc_timestamp(
                    try_cast(regexp_replace({{ as_text(column) }}, ' +([+-])', '$1') as timestamp),
                    current_timezone()
                ), '{{ time_zone }}') as date)
            else {{ default__calendar_day(column, time_zone) }}
        end
{%- endmacro %}

{% macro spark__day_of_seconds(seconds, time_zone) -%}
    {%- set zone = 'UTC' if time_zone == 'as_written' else time_zone -%}
    {{ return(
        'cast(from_utc_timestamp(to_utc_timestamp(timestamp_micros(cast(floor(' ~ seconds
        ~ ") as bigint) * 1000000), current_timezone()), '" ~ zone ~ "') as date)"
    ) }}
{%- endmacro %}

{% macro spark__today() -%}
    cast(to_utc_timestamp(current_timestamp(), current_timezone()) as date)
{%- endmacro %}

{% macro spark__text_literal(text) -%}
    {{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
{%- endmacro %}

{% macro spark__days_between(first_date, last_date) -%}
    {{ return('datediff(' ~ last_date ~ ', ' ~ first_date ~ ')') }}
{%- endmacro %}

{% macro spark__months_before(date, months) -%}
    {{ return('add_months(' ~ date ~ ', ' ~ -months ~ ')') }}
{%- endmacro %}

{% macro spark__days_after(date, days) -%}
    {{ return('date_add(' ~ date ~ ', ' ~ days ~ ')') }}
{%- endmacro %}

{#- dbt's own macro does not sort on Spark. -#}
{% macro spark__texts_joined(text, separator, order) -%}
    {{ return('listagg(' ~ text ~ ', ' ~ separator ~ ') within group (' ~ order ~ ')') }}
{%- endmacro %}

{% macro spark__whole_number_text(expression) -%}
    {{ return('format_number(' ~ expression ~ ', 0)') }}
{%- endmacro %}

{% macro spark__quoted_column(name) -%}
    {{ return(adapter.quote(name | replace('`', '``'))) }}
{%- endmacro %}

{#- PostgreSQL's version of the macros in default.sql. -#}

{% macro postgres__today() -%}
    cast(now() at time zone 'UTC' as date)
{%- endmacro %}

{#- Postgres 15 has no cast that gives null on failure, so the text is checked first. A day that
    its month does not have is not cast; a time of day and a zone after it are dropped. -#}
{% macro postgres__try_cast_as(expression, type) -%}
    {%- set text = "trim(cast(" ~ expression ~ " as text))" -%}
    {%- set number = '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[+-]?[0-9]{1,3})?$' -%}
    {%- set time = '([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?'
        ~ ' ?([a-z][a-z0-9_/+-]*|[+-][0-9]{2}(:?[0-9]{2})?)?)?$' -%}
    {%- set leap = '([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)' -%}
    {%- set day = '^([0-9]{4}-((0?[13578]|1[02])-(0?[1-9]|[12][0-9]|3[01])'
        ~ '|(0?[469]|11)-(0?[1-9]|[12][0-9]|30)|0?2-(0?[1-9]|1[0-9]|2[0-8]))|' ~ leap ~ '-0?2-29)' -%}
    {%- if type == 'date' -%}
    case
            when {{ text }} ~* '{{ day ~ time }}' and {{ text }} !~ '^0000'
                then cast(substring({{ text }}, '^[0-9]+-[0-9]+-[0-9]+') as date)
        end
    {%- elif type == type_double() -%}
    case when {{ text }} ~* '{{ number }}' then cast(cast({{ text }} as numeric) as double precision) end
    {%- else -%}
    {%- set digits = modules.re.findall('[0-9]+', type) -%}
    {%- set whole_digits = (digits[0] | int) - (digits[1] | int) -%}
    case
            when {{ text }} ~* '{{ number }}'
                then case
                    when abs(round(cast({{ text }} as numeric), {{ digits[1] }})) < 1e{{ whole_digits }}
                        then cast({{ text }} as {{ type }})
                end
        end
    {%- endif -%}
{%- endmacro %}

{#- A product of decimals always fits: only the column type limits its digits. -#}
{% macro postgres__try_multiply(left, right) -%}
    {{ left }} * {{ right }}
{%- endmacro %}

{% macro postgres__plain_number(text, decimals) -%}
    {%- set thousands = '[ .]' if decimals == ',' else '[ ,]' -%}
    {%- set joined = "regexp_replace(" ~ text ~ ", '" ~ thousands ~ "([0-9]{3})\\y', '\\1', 'g')" -%}
    {{ return("translate(" ~ joined ~ ", ',.', '.x')" if decimals == ',' else joined) }}
{%- endmacro %}

{#- Postgres has no function for it. Casting the message to a number fails, and the error shows
    it. -#}
{% macro postgres__raise_in_sql(message) -%}
    cast(cast({{ message }} as integer) as text)
{%- endmacro %}

{% macro postgres__type_double() -%}
    double precision
{%- endmacro %}

{% macro postgres__median_of(column) -%}
    percentile_cont(0.5) within group (order by {{ column }})
{%- endmacro %}

{#- Without it the distances are inlined into each other, and scoring 1,000 customers does not
    finish within minutes. Nothing is stored: rows pass one by one. -#}
{% macro postgres__computed_once() -%}
    {{ return('\n        offset 0') }}
{%- endmacro %}

{% macro postgres__matches(text, expression) -%}
    {{ return(text ~ " ~ '" ~ expression ~ "'") }}
{%- endmacro %}

{% macro postgres__regexp_group() -%}
    {{ return('\\') }}
{%- endmacro %}

{#- A time with an offset is cast only where it is one: an hour 25 would end the query. -#}
{% macro postgres__calendar_day(column, time_zone) -%}
    {%- set text = as_text(column) -%}
    {%- set zoned = '[T ]([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?'
        ~ ' ?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?) *$' -%}
    {%- if time_zone == 'as_written' -%}
        {{ return(default__calendar_day(column, time_zone)) }}
    {%- endif -%}
    case
            when {{ text }} ~ '{{ zoned }}' and {{ try_cast_as(column, 'date') }} is not null
                then cast(cast({{ text }} as timestamptz) at time zone '{{ time_zone }}' as date)
            else {{ default__calendar_day(column, time_zone) }}
        end
{%- endmacro %}

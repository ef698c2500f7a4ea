{#- Snowflake's version of the macros in default.sql. -#}

{#- `try_cast` takes only text. A date with a time of day is first read as a timestamp. -#}
{% macro snowflake__try_cast_as(expression, type) -%}
    {%- if type == 'date' -%}
    cast(try_cast({{ as_text(expression) }} as timestamp_ntz) as date)
    {%- else -%}
    try_cast({{ as_text(expression) }} as {{ type }})
    {%- endif -%}
{%- endmacro %}

{#- A product with more than 38 digits would fail the query, so its size is first estimated in
    floats. -#}
{% macro snowflake__try_multiply(left, right) -%}
    case
            when abs({{ as_double(left) }} * {{ as_double(right) }}) < 1e15
                then {{ left }} * {{ right }}
        end
{%- endmacro %}

{% macro snowflake__plain_number(text, decimals) -%}
    {%- set thousands = '[ .]' if decimals == ',' else '[ ,]' -%}
    {%- set joined = "regexp_replace(" ~ text ~ ", '" ~ thousands ~ "([0-9]{3})\\\\b', '\\\\1')" -%}
    {{ return("translate(" ~ joined ~ ", ',.', '.x')" if decimals == ',' else joined) }}
{%- endmacro %}

{#- Snowflake has no function for it. Casting the message to a number fails, and the error shows
    it. -#}
{% macro snowflake__raise_in_sql(message) -%}
    to_varchar(to_number({{ message }}))
{%- endmacro %}

{#- A name that needs no quotes means the upper-case column, as everywhere on Snowflake. -#}
{% macro snowflake__quoted_column(name) -%}
    {%- set plain = modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_$]*', name) -%}
    {{ return(adapter.quote(name | upper if plain else name | replace('"', '""'))) }}
{%- endmacro %}

{% macro snowflake__least_known(expressions) -%}
    least_ignore_nulls(
        {{- expressions }}
        )
{%- endmacro %}

{#- `regexp_like` matches the whole text. -#}
{% macro snowflake__matches(text, expression) -%}
    {{ return('regexp_instr(' ~ text ~ ", '" ~ expression ~ "') > 0") }}
{%- endmacro %}

{% macro snowflake__regexp_group() -%}
    {{ return('\\\\') }}
{%- endmacro %}

{% macro snowflake__text_literal(text) -%}
    {{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
{%- endmacro %}

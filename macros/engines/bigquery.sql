{#- BigQuery's version of the macros in default.sql. -#}

{#- A date with a time of day is first read as a timestamp. -#}
{% macro bigquery__try_cast_as(expression, type) -%}
    {%- if type == 'date' -%}
    date(safe_cast({{ as_text(expression) }} as datetime))
    {%- else -%}
    safe_cast({{ as_text(expression) }} as {{ type }})
    {%- endif -%}
{%- endmacro %}

{#- `numeric` has 9 decimals, too few for the product of an amount and a rate. -#}
{% macro bigquery__try_multiply(left, right) -%}
    cast({{ left }} as bignumeric) * cast({{ right }} as bignumeric)
{%- endmacro %}

{% macro bigquery__plain_number(text, decimals) -%}
    {%- set thousands = '[ .]' if decimals == ',' else '[ ,]' -%}
    {%- set joined = "regexp_replace(" ~ text ~ ", r'" ~ thousands ~ "([0-9]{3})\\b', r'\\1')" -%}
    {{ return("translate(" ~ joined ~ ", ',.', '.x')" if decimals == ',' else joined) }}
{%- endmacro %}

{% macro bigquery__whole_number_text(expression) -%}
    {{ return('format("%\'d", cast(' ~ expression ~ ' as int64))') }}
{%- endmacro %}

{% macro bigquery__raise_in_sql(message) -%}
    error({{ message }})
{%- endmacro %}

{% macro bigquery__type_double() -%}
    float64
{%- endmacro %}

{% macro bigquery__type_exact() -%}
    bignumeric(38, 18)
{%- endmacro %}

{% macro bigquery__quoted_column(name) -%}
    {{ return(adapter.quote(name | replace('\\', '\\\\') | replace('`', '\\`'))) }}
{%- endmacro %}

{#- BigQuery only has an approximate median, so take the middle of the sorted values, or the mean
    of the middle two. -#}
{% macro bigquery__median_of(column) -%}
    {%- set sorted = 'array_agg(' ~ column ~ ' ignore nulls order by ' ~ column ~ ')' -%}
    (
        {{ sorted }}[safe_offset(div(count({{ column }}) - 1, 2))]
        + {{ sorted }}[safe_offset(div(count({{ column }}), 2))]
    ) / 2
{%- endmacro %}

{#- `least` is null if any of its values is null. -#}
{% macro bigquery__least_known(expressions) -%}
    (select min(value) from unnest([
        {{- expressions }}
        ]) as value)
{%- endmacro %}

{% macro bigquery__partition_key(column) -%}
    {{ as_text(column) }}
{%- endmacro %}

{% macro bigquery__matches(text, expression) -%}
    {{ return('regexp_contains(' ~ text ~ ", r'" ~ expression ~ "')") }}
{%- endmacro %}

{% macro bigquery__regexp_group() -%}
    {{ return('\\\\') }}
{%- endmacro %}

{% macro bigquery__text_literal(text) -%}
    {{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
{%- endmacro %}

{#- What engines say differently. The default is the SQL most of them share; DuckDB's and others'
    own words follow it. -#}

{#- The value as the type, or null where it cannot be read as one. -#}
{% macro try_cast_as(expression, type) -%}
    {{ return(adapter.dispatch('try_cast_as', 'customer_segmentation')(expression, type)) }}
{%- endmacro %}

{% macro default__try_cast_as(expression, type) -%}
    try_cast({{ expression }} as {{ type }})
{%- endmacro %}

{#- Spark reads 2025 as the first of January: a day has all three parts. -#}
{% macro spark__try_cast_as(expression, type) -%}
    {%- set cast = 'try_cast(' ~ expression ~ ' as ' ~ type ~ ')' -%}
    {%- set whole = 'cast(' ~ expression ~ " as string) rlike '^ *[0-9]+-[0-9]+-[0-9]+'" -%}
    {{ return('case when ' ~ whole ~ ' then ' ~ cast ~ ' end' if type == 'date' else cast) }}
{%- endmacro %}

{#- The type that a product of so many factors, of decimal(18, 4) each, is multiplied on as. -#}
{% macro product_type(factors) -%}
    {{ return(adapter.dispatch('product_type', 'customer_segmentation')(factors)) }}
{%- endmacro %}

{% macro default__product_type(factors) -%}
    {{ return('decimal(30, 8)') }}
{%- endmacro %}

{#- Where the digits of both sides are more than 38, Spark rounds the product. -#}
{% macro spark__product_type(factors) -%}
    {{ return('decimal(18, 4)' if factors == 1 else 'decimal(19, 8)') }}
{%- endmacro %}

{#- The product of two exact decimals, or null where it does not fit. -#}
{% macro try_multiply(left, right) -%}
    {{ return(adapter.dispatch('try_multiply', 'customer_segmentation')(left, right)) }}
{%- endmacro %}

{% macro default__try_multiply(left, right) -%}
    try_multiply({{ left }}, {{ right }})
{%- endmacro %}

{% macro duckdb__try_multiply(left, right) -%}
    try({{ left }} * {{ right }})
{%- endmacro %}

{#- Text such as 1,234.50 or, where the decimals come after a comma, 1.234,50 as 1234.50. A
    separator that does not stand before three digits stays, and makes the number unreadable: 12,50
    is no twelve hundred. -#}
{% macro plain_number(text, decimals) -%}
    {{ return(adapter.dispatch('plain_number', 'customer_segmentation')(text, decimals)) }}
{%- endmacro %}

{% macro default__plain_number(text, decimals) -%}
    {%- set thousands = '[.]' if decimals == ',' else ',' -%}
    {%- set joined = "regexp_replace(" ~ text ~ ", '" ~ thousands ~ "([0-9]{3})\\\\b', '$1')" -%}
    {{ return("translate(" ~ joined ~ ", ',.', '.x')" if decimals == ',' else joined) }}
{%- endmacro %}

{% macro duckdb__plain_number(text, decimals) -%}
    {%- set thousands = '[.]' if decimals == ',' else ',' -%}
    {%- set joined = "regexp_replace(" ~ text ~ ", '" ~ thousands ~ "([0-9]{3})\\b', '\\1', 'g')" -%}
    {{ return("translate(" ~ joined ~ ", ',.', '.x')" if decimals == ',' else joined) }}
{%- endmacro %}

{#- Whether a text is missing, empty or all spaces. -#}
{% macro is_blank(text) -%}
    {{ return(adapter.dispatch('is_blank', 'customer_segmentation')(text)) }}
{%- endmacro %}

{% macro default__is_blank(text) -%}
    {{ return("coalesce(trim(" ~ text ~ "), '') = ''") }}
{%- endmacro %}

{#- Most texts begin with a character after the space, and need no trimming to be told. -#}
{% macro duckdb__is_blank(text) -%}
    {{ return('case when ' ~ text ~ " >= '!' then false else " ~ default__is_blank(text) ~ ' end') }}
{%- endmacro %}

{#- Whole calendar days from one date to a later one; null where one is null, for which dbt's own
    macro ends a build on Spark. -#}
{% macro days_between(first_date, last_date) -%}
    {{ return(adapter.dispatch('days_between', 'customer_segmentation')(first_date, last_date)) }}
{%- endmacro %}

{% macro default__days_between(first_date, last_date) -%}
    {{ return(dbt.datediff(first_date, last_date, 'day') | replace('\n', ' ') | trim) }}
{%- endmacro %}

{% macro spark__days_between(first_date, last_date) -%}
    {{ return('datediff(' ~ last_date ~ ', ' ~ first_date ~ ')') }}
{%- endmacro %}

{#- The date a number of calendar months before; the month's last day where the day does not
    exist. -#}
{% macro months_before(date, months) -%}
    {{ return(adapter.dispatch('months_before', 'customer_segmentation')(date, months)) }}
{%- endmacro %}

{% macro default__months_before(date, months) -%}
    {%- set earlier = dbt.dateadd('month', -months, date) | replace('\n', ' ') | trim -%}
    {{ return('cast(' ~ earlier ~ ' as date)') }}
{%- endmacro %}

{% macro spark__months_before(date, months) -%}
    {{ return('add_months(' ~ date ~ ', ' ~ -months ~ ')') }}
{%- endmacro %}

{#- The date a number of days after another, null where one is null. -#}
{% macro days_after(date, days) -%}
    {{ return(adapter.dispatch('days_after', 'customer_segmentation')(date, days)) }}
{%- endmacro %}

{% macro default__days_after(date, days) -%}
    {%- set later = dbt.dateadd('day', days, date) | replace('\n', ' ') | trim -%}
    {{ return('cast(' ~ later ~ ' as date)') }}
{%- endmacro %}

{% macro spark__days_after(date, days) -%}
    {{ return('date_add(' ~ date ~ ', ' ~ days ~ ')') }}
{%- endmacro %}

{#- The day after a date. -#}
{% macro day_after(date) -%}
    {{ return(days_after(date, 1)) }}
{%- endmacro %}

{#- Texts of many rows in one, in an order; null is left out. -#}
{% macro texts_joined(text, separator, order) -%}
    {{ return(adapter.dispatch('texts_joined', 'customer_segmentation')(text, separator, order)) }}
{%- endmacro %}

{% macro default__texts_joined(text, separator, order) -%}
    {{ return(dbt.listagg(text, separator, order) | trim) }}
{%- endmacro %}

{#- dbt's own macro has no order on Spark. -#}
{% macro spark__texts_joined(text, separator, order) -%}
    {{ return('listagg(' ~ text ~ ', ' ~ separator ~ ') within group (' ~ order ~ ')') }}
{%- endmacro %}

{#- A sum of floats that is the same in any row order: the summands are decimals. -#}
{% macro exact_sum(expression) -%}
    {{ as_double('sum(cast(' ~ expression ~ ' as ' ~ type_exact() ~ '))') }}
{%- endmacro %}

{#- A mean of floats that is the same in any row order; null for no rows. -#}
{% macro exact_mean(expression) -%}
    {{ exact_sum(expression) }} / nullif(count({{ expression }}), 0)
{%- endmacro %}

{#- A number rounded to so many decimals. -#}
{% macro rounded(expression, decimals) -%}
    {{ return('cast(' ~ expression ~ ' as decimal(18, ' ~ decimals ~ '))') }}
{%- endmacro %}

{#- A whole number as text, with commas: 1,234. -#}
{% macro whole_number_text(expression) -%}
    {{ return(adapter.dispatch('whole_number_text', 'customer_segmentation')(expression)) }}
{%- endmacro %}

{% macro default__whole_number_text(expression) -%}
    {{ return("to_char(" ~ expression ~ ", 'FM999,999,999,999,990')") }}
{%- endmacro %}

{% macro duckdb__whole_number_text(expression) -%}
    {{ return("format('{:,}', cast(" ~ expression ~ " as bigint))") }}
{%- endmacro %}

{% macro spark__whole_number_text(expression) -%}
    {{ return('format_number(' ~ expression ~ ', 0)') }}
{%- endmacro %}


{#- Ends the query with the message, a text expression that is not constant, where it is
    evaluated. -#}
{% macro raise_in_sql(message) -%}
    {{ return(adapter.dispatch('raise_in_sql', 'customer_segmentation')(message)) }}
{%- endmacro %}

{% macro default__raise_in_sql(message) -%}
    raise_error({{ message }})
{%- endmacro %}

{% macro duckdb__raise_in_sql(message) -%}
    error({{ message }})
{%- endmacro %}

{#- The type of floats of 64 bits: `dbt.type_float` has 32 on some engines. -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'customer_segmentation')()) }}
{%- endmacro %}

{% macro default__type_double() -%}
    double
{%- endmacro %}

{#- The type of decimals that floats are summed in. -#}
{% macro type_exact() -%}
    {{ return(adapter.dispatch('type_exact', 'customer_segmentation')()) }}
{%- endmacro %}

{% macro default__type_exact() -%}
    decimal(38, 18)
{%- endmacro %}

{#- The expression as a float of 64 bits. -#}
{% macro as_double(expression) -%}
    {{ return('cast(' ~ expression ~ ' as ' ~ type_double() ~ ')') }}
{%- endmacro %}

{#- The expression as text. -#}
{% macro as_text(expression) -%}
    {{ return('cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')') }}
{%- endmacro %}

{#- A column of the source, quoted so that no name becomes SQL. -#}
{% macro quoted_column(name) -%}
    {{ return(adapter.dispatch('quoted_column', 'customer_segmentation')(name)) }}
{%- endmacro %}

{% macro default__quoted_column(name) -%}
    {{ return(adapter.quote(name | replace('"', '""'))) }}
{%- endmacro %}

{% macro spark__quoted_column(name) -%}
    {{ return(adapter.quote(name | replace('`', '``'))) }}
{%- endmacro %}

{#- The median of a group, exact. -#}
{% macro median_of(column) -%}
    {{ return(adapter.dispatch('median_of', 'customer_segmentation')(column)) }}
{%- endmacro %}

{% macro default__median_of(column) -%}
    median({{ column }})
{%- endmacro %}

{#- The least of the expressions that the call block holds, one after the other; a null is none. -#}
{% macro least_known() -%}
    {{ adapter.dispatch('least_known', 'customer_segmentation')(caller()) }}
{%- endmacro %}

{% macro default__least_known(expressions) -%}
    least(
        {{- expressions }}
        )
{%- endmacro %}

{#- The end of a query whose columns others use many times: an engine that would write each of them
    out wherever it is used is kept from it. -#}
{% macro computed_once() -%}
    {{ return(adapter.dispatch('computed_once', 'customer_segmentation')()) }}
{%- endmacro %}

{% macro default__computed_once() -%}
    {{ return('') }}
{%- endmacro %}

{#- What a number is partitioned by: some engines refuse floats. -#}
{% macro partition_key(column) -%}
    {{ return(adapter.dispatch('partition_key', 'customer_segmentation')(column)) }}
{%- endmacro %}

{% macro default__partition_key(column) -%}
    {{ column }}
{%- endmacro %}

{#- A type of this project in the engine's own words. -#}
{% macro engine_type(type) -%}
    {{ return({'string': dbt.type_string(), 'double': type_double()}.get(type, type)) }}
{%- endmacro %}

{#- Gives the types in the configuration of a model or seed, text and floats of 64 bits, the engine's
    own names. A pre-hook: it changes no data. -#}
{% macro name_column_types() -%}
    {%- if execute and adapter.type() != 'duckdb' -%}
        {%- for column in model.columns.values() if column.data_type -%}
            {%- do column.update({'data_type': engine_type(column.data_type)}) -%}
        {%- endfor -%}
        {%- set types = model.config.get('column_types', {}) -%}
        {%- for column, type in types.items() -%}
            {%- do types.update({column: engine_type(type)}) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

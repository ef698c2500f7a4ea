{#- What differs between engines. The default is the SQL that most of them share; each engine
    overrides it in the file with its name. -#}

{#- The value cast to the type, or null if that fails. -#}
{% macro try_cast_as(expression, type) -%}
    {{ return(adapter.dispatch('try_cast_as', 'customer_segmentation')(expression, type)) }}
{%- endmacro %}

{% macro default__try_cast_as(expression, type) -%}
    try_cast({{ expression }} as {{ type }})
{%- endmacro %}


{#- The type in which a product of that many factors, each decimal(18, 4), is computed. -#}
{% macro product_type(factors) -%}
    {{ return(adapter.dispatch('product_type', 'customer_segmentation')(factors)) }}
{%- endmacro %}

{% macro default__product_type(factors) -%}
    {{ return('decimal(30, 8)') }}
{%- endmacro %}


{#- The product of two exact decimals, or null if it does not fit. -#}
{% macro try_multiply(left, right) -%}
    {{ return(adapter.dispatch('try_multiply', 'customer_segmentation')(left, right)) }}
{%- endmacro %}

{% macro default__try_multiply(left, right) -%}
    try_multiply({{ left }}, {{ right }})
{%- endmacro %}


{#- The calendar day of a value: a date, a time, text in ISO form, or 20250105. A time with a zone
    or offset becomes its day in `time_zone`, whatever the time zone of the process. With
    `as_written`, text keeps the day as written. -#}
{% macro calendar_day(column, time_zone) -%}
    {{ return(adapter.dispatch('calendar_day', 'customer_segmentation')(column, time_zone)) }}
{%- endmacro %}

{% macro default__calendar_day(column, time_zone) -%}
    {{ return(
        'coalesce(' ~ try_cast_as(column, 'date') ~ ', '
        ~ day_by_pattern('trim(' ~ as_text(column) ~ ')', '%Y%m%d', time_zone) ~ ')'
    ) }}
{%- endmacro %}


{#- The calendar day of a text by a strptime pattern; null if the text does not match. -#}
{% macro day_by_pattern(text, pattern, time_zone) -%}
    {{ return(
        adapter.dispatch('day_by_pattern', 'customer_segmentation')(text, pattern, time_zone)
    ) }}
{%- endmacro %}

{#- A regular expression puts year, month and day into ISO order. Then the engine's own cast says
    whether that day exists. -#}
{% macro default__day_by_pattern(text, pattern, time_zone) -%}
    {%- set unknown = modules.re.findall('%-?[bBzZ]', pattern) -%}
    {%- if unknown -%}
        {{ source_error(
            'date_format', pattern, 'a pattern without ' ~ unknown[0] ~ ', which only DuckDB reads'
        ) }}
    {%- endif -%}
    {%- set groups = modules.re.findall('%-?([Yymd])', pattern) -%}
    {%- set shapes = [modules.re.sub('([.()+*?^$|])', '[\\1]', pattern)] -%}
    {%- for part, form in {'Y': '([0-9]{4})', 'y': '([0-9]{2})', 'm': '([0-9]{1,2})',
        'd': '([0-9]{1,2})', 'H': '[0-9]{1,2}', 'I': '[0-9]{1,2}', 'M': '[0-9]{1,2}',
        'S': '[0-9]{1,2}', 'f': '[0-9]+', 'p': '[AaPp][Mm]'}.items() -%}
        {%- set fixed = form.replace('{1,2}', '{2}') if pattern == '%Y%m%d' else form -%}
        {%- do shapes.append(modules.re.sub('%-?' ~ part, fixed, shapes.pop())) -%}
    {%- endfor -%}
    {%- set shape = shapes[0] -%}
    {%- set mark = regexp_group() -%}
    {%- set iso = ('20' if 'y' in groups else '') ~ mark ~ (groups.index('y' if 'y' in groups else 'Y') + 1)
        ~ '-' ~ mark ~ (groups.index('m') + 1) ~ '-' ~ mark ~ (groups.index('d') + 1) -%}
    {{ return(
        'case when ' ~ matches(text, '^' ~ shape ~ '$') ~ ' then '
        ~ try_cast_as("regexp_replace(" ~ text ~ ", '^" ~ shape ~ "$', '" ~ iso ~ "')", 'date')
        ~ ' end'
    ) }}
{%- endmacro %}


{#- The calendar day of a number of seconds since 1970-01-01 in UTC. -#}
{% macro day_of_seconds(seconds, time_zone) -%}
    {{ return(
        adapter.dispatch('day_of_seconds', 'customer_segmentation')(seconds, time_zone)
    ) }}
{%- endmacro %}

{% macro default__day_of_seconds(seconds, time_zone) -%}
    {%- if time_zone not in ('UTC', 'as_written') -%}
        {{ source_error('time_zone', time_zone, 'UTC: only DuckDB and Spark know others') }}
    {%- endif -%}
    {{ return(days_after(
        "cast('1970-01-01' as date)", 'cast(floor((' ~ seconds ~ ') / 86400) as integer)'
    )) }}
{%- endmacro %}


{#- Today in UTC. The only use of the clock, and only to find dates in the future. -#}
{% macro today() -%}
    {%- set given = day_or_none('build_day', var('build_day', none), 'the clock') -%}
    {{ return(
        "cast('" ~ given ~ "' as date)" if given
        else adapter.dispatch('today', 'customer_segmentation')()
    ) }}
{%- endmacro %}

{% macro default__today() -%}
    current_date
{%- endmacro %}


{#- Whether a text matches a regular expression. -#}
{% macro matches(text, expression) -%}
    {{ return(adapter.dispatch('matches', 'customer_segmentation')(text, expression)) }}
{%- endmacro %}

{% macro default__matches(text, expression) -%}
    {{ return('regexp_like(' ~ text ~ ", '" ~ expression ~ "')") }}
{%- endmacro %}


{#- The character before a group number in the replacement text of a regular expression. -#}
{% macro regexp_group() -%}
    {{ return(adapter.dispatch('regexp_group', 'customer_segmentation')()) }}
{%- endmacro %}

{% macro default__regexp_group() -%}
    {{ return('$') }}
{%- endmacro %}


{#- An amount with its sign in front. Converts a minus after the number, which is unambiguous, and,
    if asked, brackets around it. -#}
{% macro sign_in_front(text, brackets) -%}
    {%- set mark = regexp_group() -%}
    {%- set minus = '(-|[Cc][Rr]|H)' if brackets else '-' -%}
    {%- set behind = "regexp_replace(" ~ text ~ ", '^ *([0-9., ]*[0-9]) *" ~ minus ~ " *$', '-" ~ mark
        ~ "1')" -%}
    {%- set plus = "regexp_replace(" ~ behind ~ ", '([0-9]) *([Dd][Rr]|S) *$', '" ~ mark ~ "1')" -%}
    {{ return(
        "regexp_replace(" ~ plus ~ ", '^ *[(] *([0-9., ]*[0-9]) *[)] *$', '-" ~ mark ~ "1')"
        if brackets else behind
    ) }}
{%- endmacro %}

{#- A text without the .0 that spreadsheets add to whole numbers. -#}
{% macro without_point_zero(text) -%}
    {{ return(
        "regexp_replace(" ~ text ~ ", '^([0-9]+)[.]0+$', '" ~ regexp_group() ~ "1')"
    ) }}
{%- endmacro %}

{#- A text as an SQL string literal. -#}
{% macro text_literal(text) -%}
    {{ return(adapter.dispatch('text_literal', 'customer_segmentation')(text)) }}
{%- endmacro %}

{% macro default__text_literal(text) -%}
    {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{%- endmacro %}


{#- Text such as 1,234.50 as 1234.50; with a decimal comma, 1.234,50. A separator that is not
    followed by three digits stays and makes the number unreadable: 12,50 is not twelve hundred
    fifty. -#}
{% macro plain_number(text, decimals) -%}
    {{ return(adapter.dispatch('plain_number', 'customer_segmentation')(text, decimals)) }}
{%- endmacro %}

{% macro default__plain_number(text, decimals) -%}
    {%- set thousands = '[ .]' if decimals == ',' else '[ ,]' -%}
    {%- set joined = "regexp_replace(" ~ text ~ ", '" ~ thousands ~ "([0-9]{3})\\\\b', '$1')" -%}
    {{ return("translate(" ~ joined ~ ", ',.', '.x')" if decimals == ',' else joined) }}
{%- endmacro %}


{#- Whether a text is null, empty or only spaces. -#}
{% macro is_blank(text) -%}
    {{ return(adapter.dispatch('is_blank', 'customer_segmentation')(text)) }}
{%- endmacro %}

{% macro default__is_blank(text) -%}
    {{ return("coalesce(trim(" ~ text ~ "), '') = ''") }}
{%- endmacro %}


{#- Whole calendar days from one date to a later one; null if either is null, where dbt's own macro
    fails on Spark. -#}
{% macro days_between(first_date, last_date) -%}
    {{ return(adapter.dispatch('days_between', 'customer_segmentation')(first_date, last_date)) }}
{%- endmacro %}

{% macro default__days_between(first_date, last_date) -%}
    {{ return(dbt.datediff(first_date, last_date, 'day') | replace('\n', ' ') | trim) }}
{%- endmacro %}


{#- The date a number of calendar months earlier; the month's last day if that day does not
    exist. -#}
{% macro months_before(date, months) -%}
    {{ return(adapter.dispatch('months_before', 'customer_segmentation')(date, months)) }}
{%- endmacro %}

{% macro default__months_before(date, months) -%}
    {%- set earlier = dbt.dateadd('month', -months, date) | replace('\n', ' ') | trim -%}
    {{ return('cast(' ~ earlier ~ ' as date)') }}
{%- endmacro %}


{#- The date a number of days later; null if either is null. -#}
{% macro days_after(date, days) -%}
    {{ return(adapter.dispatch('days_after', 'customer_segmentation')(date, days)) }}
{%- endmacro %}

{% macro default__days_after(date, days) -%}
    {%- set later = dbt.dateadd('day', days, date) | replace('\n', ' ') | trim -%}
    {{ return('cast(' ~ later ~ ' as date)') }}
{%- endmacro %}


{#- The day after a date. -#}
{% macro day_after(date) -%}
    {{ return(days_after(date, 1)) }}
{%- endmacro %}

{#- Texts of many rows joined into one, in a given order; nulls are left out. -#}
{% macro texts_joined(text, separator, order) -%}
    {{ return(adapter.dispatch('texts_joined', 'customer_segmentation')(text, separator, order)) }}
{%- endmacro %}

{% macro default__texts_joined(text, separator, order) -%}
    {{ return(dbt.listagg(text, separator, order) | trim) }}
{%- endmacro %}


{#- A sum of floats that is the same in any row order, because it adds decimals. -#}
{% macro exact_sum(expression) -%}
    {{ as_double('sum(cast(' ~ expression ~ ' as ' ~ type_exact() ~ '))') }}
{%- endmacro %}

{#- A mean of floats that is the same in any row order; null for no rows, as null / 0 is null. -#}
{% macro exact_mean(expression) -%}
    {{ exact_sum(expression) }} / count({{ expression }})
{%- endmacro %}

{#- A number rounded to that many decimals. -#}
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


{#- Stops the query with the message where it is evaluated. The message must be a text expression
    that is not constant. -#}
{% macro raise_in_sql(message) -%}
    {{ return(adapter.dispatch('raise_in_sql', 'customer_segmentation')(message)) }}
{%- endmacro %}

{% macro default__raise_in_sql(message) -%}
    raise_error({{ message }})
{%- endmacro %}


{#- The type of 64-bit floats; `dbt.type_float` has 32 bits on some engines. -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'customer_segmentation')()) }}
{%- endmacro %}

{% macro default__type_double() -%}
    double
{%- endmacro %}

{#- The decimal type in which floats are summed. -#}
{% macro type_exact() -%}
    {{ return(adapter.dispatch('type_exact', 'customer_segmentation')()) }}
{%- endmacro %}

{% macro default__type_exact() -%}
    decimal(38, 18)
{%- endmacro %}

{#- The expression as a 64-bit float. Its type by the full name, for the hook of another project. -#}
{% macro as_double(expression) -%}
    {{ return('cast(' ~ expression ~ ' as ' ~ customer_segmentation.type_double() ~ ')') }}
{%- endmacro %}

{#- The expression as text. The type as dbt.type_string says it, without the detour of that macro: this
    is called 400 times in a build. -#}
{% macro as_text(expression) -%}
    {{ return('cast(' ~ expression ~ ' as ' ~ api.Column.translate_type('string') ~ ')') }}
{%- endmacro %}

{#- A source column, quoted so that no name can become SQL. -#}
{% macro quoted_column(name) -%}
    {{ return(adapter.dispatch('quoted_column', 'customer_segmentation')(name)) }}
{%- endmacro %}

{% macro default__quoted_column(name) -%}
    {{ return(adapter.quote(name | replace('"', '""'))) }}
{%- endmacro %}


{#- The exact median of a group. -#}
{% macro median_of(column) -%}
    {{ return(adapter.dispatch('median_of', 'customer_segmentation')(column)) }}
{%- endmacro %}

{% macro default__median_of(column) -%}
    median({{ column }})
{%- endmacro %}

{#- The least of the expressions in the call block; nulls are ignored. -#}
{% macro least_known() -%}
    {{ adapter.dispatch('least_known', 'customer_segmentation')(caller()) }}
{%- endmacro %}

{% macro default__least_known(expressions) -%}
    least(
        {{- expressions }}
        )
{%- endmacro %}

{#- The end of a query whose columns are used many times: stops an engine from inlining each column
    wherever it is used. -#}
{% macro computed_once() -%}
    {{ return(adapter.dispatch('computed_once', 'customer_segmentation')()) }}
{%- endmacro %}

{% macro default__computed_once() -%}
    {{ return('') }}
{%- endmacro %}

{#- The expression to partition a number by: some engines cannot partition by floats. -#}
{% macro partition_key(column) -%}
    {{ return(adapter.dispatch('partition_key', 'customer_segmentation')(column)) }}
{%- endmacro %}

{% macro default__partition_key(column) -%}
    {{ column }}
{%- endmacro %}

{#- This project's name of a type, as the engine calls it. -#}
{% macro engine_type(type) -%}
    {{ return({'string': dbt.type_string(), 'double': type_double()}.get(type, type)) }}
{%- endmacro %}

{#- Translates the types in the configuration of a model or seed (text, 64-bit floats) to the
    engine's names. A pre-hook: it changes no data. -#}
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

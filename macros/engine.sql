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

{#- A calendar day from a value: a date, a time, a text in ISO form, or 20250105. A time with a zone
    or an offset has the day that it is in `time_zone`, whatever the zone of the process; for
    `as_written`, a text has the day that stands in it. -#}
{% macro calendar_day(column, time_zone) -%}
    {{ return(adapter.dispatch('calendar_day', 'customer_segmentation')(column, time_zone)) }}
{%- endmacro %}

{% macro default__calendar_day(column, time_zone) -%}
    {{ return(
        'coalesce(' ~ try_cast_as(column, 'date') ~ ', '
        ~ day_by_pattern('trim(' ~ as_text(column) ~ ')', '%Y%m%d', time_zone) ~ ')'
    ) }}
{%- endmacro %}

{#- DuckDB knows the type before it runs and keeps one branch. A text of a usual length has no zone:
    most are told apart by that alone. -#}
{% macro duckdb__calendar_day(column, time_zone) -%}
    {%- set text = as_text(column) -%}
    {%- set zone = 'UTC' if time_zone == 'as_written' else time_zone -%}
    {%- set plain = 'try_cast(' ~ column ~ ' as date)' -%}
    {%- set zoned = ':[0-9]{2}([.][0-9]+)? *([A-Za-z][A-Za-z0-9_/+-]*|[+-][0-9]{2}(:?[0-9]{2})?) *$' -%}
    {%- set moment = "try_cast(regexp_replace(" ~ text
        ~ ", ' *([+-][0-9]{2}):?([0-9]{2})? *$', '\\1\\2') as timestamptz)" -%}
    {%- set compact = "case when regexp_full_match(trim(" ~ text ~ "), '[0-9]{8}') then "
        ~ day_by_pattern('trim(' ~ text ~ ')', '%Y%m%d', time_zone) ~ ' end' -%}
    case
            when typeof({{ column }}) = 'TIMESTAMP WITH TIME ZONE'
                then cast(try_cast({{ column }} as timestamptz) at time zone '{{ zone }}' as date)
            {%- if time_zone != 'as_written' %}
            when
                typeof({{ column }}) = 'VARCHAR'
                and strlen({{ text }}) not in (10, 16, 19)
                and regexp_matches({{ text }}, '{{ zoned }}')
                then coalesce(cast({{ moment }} at time zone '{{ zone }}' as date), {{ plain }})
            {%- endif %}
            else coalesce({{ plain }}, {{ compact }})
        end
{%- endmacro %}

{#- Spark's own reading of a text has the zone of the session where it names none. -#}
{% macro spark__calendar_day(column, time_zone) -%}
    {%- set zoned = ':[0-9]{2}([.][0-9]+)? *(Z|[+-][0-9]{2}:?[0-9]{2}) *$' -%}
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

{#- The calendar day of a text by a strptime pattern; null where the text is another. -#}
{% macro day_by_pattern(text, pattern, time_zone) -%}
    {{ return(
        adapter.dispatch('day_by_pattern', 'customer_segmentation')(text, pattern, time_zone)
    ) }}
{%- endmacro %}

{#- By a regular expression that brings year, month and day into ISO order: the engine's own cast
    then tells whether there is such a day. -#}
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

{% macro duckdb__day_by_pattern(text, pattern, time_zone) -%}
    {%- set parsed = 'try_strptime(' ~ text ~ ", '" ~ pattern ~ "')" -%}
    {%- if modules.re.search('%[zZ]', pattern) -%}
        {%- set zone = 'UTC' if time_zone == 'as_written' else time_zone -%}
        {%- set parsed = parsed ~ " at time zone '" ~ zone ~ "'" -%}
    {%- endif -%}
    {{ return('try_cast(' ~ parsed ~ ' as date)') }}
{%- endmacro %}

{#- The calendar day of a number of seconds since 1970 began in UTC. -#}
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

{% macro duckdb__day_of_seconds(seconds, time_zone) -%}
    {%- set zone = 'UTC' if time_zone == 'as_written' else time_zone -%}
    {{ return('cast(to_timestamp(' ~ seconds ~ ") at time zone '" ~ zone ~ "' as date)") }}
{%- endmacro %}

{% macro spark__day_of_seconds(seconds, time_zone) -%}
    {%- set zone = 'UTC' if time_zone == 'as_written' else time_zone -%}
    {{ return(
        'cast(from_utc_timestamp(to_utc_timestamp(timestamp_micros(cast(floor(' ~ seconds
        ~ ") as bigint) * 1000000), current_timezone()), '" ~ zone ~ "') as date)"
    ) }}
{%- endmacro %}

{#- Today in UTC: the one place where the clock is asked, and only to tell that dates lie ahead of
    it. -#}
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

{% macro duckdb__today() -%}
    cast(now() at time zone 'UTC' as date)
{%- endmacro %}

{% macro spark__today() -%}
    cast(to_utc_timestamp(current_timestamp(), current_timezone()) as date)
{%- endmacro %}

{% macro postgres__today() -%}
    cast(now() at time zone 'UTC' as date)
{%- endmacro %}

{#- Whether a text matches a regular expression. -#}
{% macro matches(text, expression) -%}
    {{ return(adapter.dispatch('matches', 'customer_segmentation')(text, expression)) }}
{%- endmacro %}

{% macro default__matches(text, expression) -%}
    {{ return('regexp_like(' ~ text ~ ", '" ~ expression ~ "')") }}
{%- endmacro %}

{% macro duckdb__matches(text, expression) -%}
    {{ return('regexp_matches(' ~ text ~ ", '" ~ expression ~ "')") }}
{%- endmacro %}

{#- What stands before the number of a group in what a regular expression is replaced with. -#}
{% macro regexp_group() -%}
    {{ return(adapter.dispatch('regexp_group', 'customer_segmentation')()) }}
{%- endmacro %}

{% macro default__regexp_group() -%}
    {{ return('$') }}
{%- endmacro %}

{% macro duckdb__regexp_group() -%}
    {{ return('\\') }}
{%- endmacro %}

{#- An amount with its sign in front: a minus behind the number, which can mean nothing else, and where
    asked for brackets around it. -#}
{% macro sign_in_front(text, brackets) -%}
    {%- set mark = regexp_group() -%}
    {%- set behind = "regexp_replace(" ~ text ~ ", '^ *([0-9.,]*[0-9]) *- *$', '-" ~ mark ~ "1')" -%}
    {{ return(
        "regexp_replace(" ~ behind ~ ", '^ *[(] *([0-9.,]*[0-9]) *[)] *$', '-" ~ mark ~ "1')"
        if brackets else behind
    ) }}
{%- endmacro %}

{#- A text without the .0 of a whole number, which spreadsheets add. -#}
{% macro without_point_zero(text) -%}
    {{ return(
        "regexp_replace(" ~ text ~ ", '^([0-9]+)[.]0+$', '" ~ regexp_group() ~ "1')"
    ) }}
{%- endmacro %}

{#- A text as SQL has it. -#}
{% macro text_literal(text) -%}
    {{ return(adapter.dispatch('text_literal', 'customer_segmentation')(text)) }}
{%- endmacro %}

{% macro default__text_literal(text) -%}
    {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{%- endmacro %}

{% macro spark__text_literal(text) -%}
    {{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
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

{#- A number as text with so many decimals. -#}
{% macro rounded_text(expression, decimals) -%}
    {{ return(as_text('cast(' ~ expression ~ ' as decimal(18, ' ~ decimals ~ '))')) }}
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

{#- Text expressions one after the other. -#}
{% macro concatenated(texts) -%}
    {{ return(texts | join('\n        || ')) }}
{%- endmacro %}

{#- What is objected to, empty for nothing: `objection`s that end in '; ' one after the other, without
    the last of these ends. -#}
{% macro objections(texts) -%}
    {{ return('regexp_replace(\n        ' ~ concatenated(texts) ~ ",\n        '; $', ''\n        )") }}
{%- endmacro %}

{#- A text expression where the condition holds, else the empty text. -#}
{% macro objection(condition, text) -%}
    {{ return('case when ' ~ condition ~ ' then ' ~ text ~ " else '' end") }}
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

{#- What keeps a select of long expressions apart from a filter on them: a last column, and the
    beginning of the condition. Spark would write each expression out in the filter, and run out of
    memory planning; past a column of chance it moves nothing. -#}
{% macro kept_apart() -%}
    {{ return(adapter.dispatch('kept_apart', 'customer_segmentation')()) }}
{%- endmacro %}

{% macro default__kept_apart() -%}
    {{ return('') }}
{%- endmacro %}

{% macro spark__kept_apart() -%}
    {{ return(', rand() as chance') }}
{%- endmacro %}

{% macro where_kept_apart() -%}
    {{ return('chance >= 0 and ' if kept_apart() else '') }}
{%- endmacro %}

{#- How a source line is read: SQL expressions built from the settings of the variable `source`,
    which every macro here takes (source_settings). -#}

{#- The extension of a file name. -#}
{% macro file_ending() -%}
    {{ return('[.](csv|csv[.]gz|parquet)$') }}
{%- endmacro %}


{#- Whether lines are read from files, which only DuckDB does. -#}
{% macro lines_are_in_files(source) -%}
    {{ return(modules.re.search(file_ending(), source['lines'] | lower) is not none) }}
{%- endmacro %}


{#- What `from` reads: a relation, or a table function over files, with every CSV column as
    text. -#}
{% macro transactions_source(source) -%}
    {%- if lines_are_in_files(source) -%}
        {{ return(adapter.dispatch('read_files', 'customer_segmentation')(
            source['lines'], source['encoding']
        )) }}
    {%- elif source['encoding'] -%}
        {{ source_error('encoding', source['encoding'], 'it only where CSV files are read') }}
    {%- elif '.' in source['lines'] -%}
        {{ return(builtins.source('transactions', 'lines')) }}
    {%- endif -%}
    {{ return(model_named(source['lines'], 'raw_transactions')) }}
{%- endmacro %}

{#- The column that holds the file name, under a name that no file will use itself. -#}
{% macro file_column() -%}
    {{ return('name of the file read') }}
{%- endmacro %}

{#- The file a line is in; null if lines do not come from files. -#}
{% macro source_file(source) -%}
    {{ return(
        adapter.quote(file_column()) if lines_are_in_files(source) else as_text('null')
    ) }}
{%- endmacro %}

{#- The source partition of a line: its file or, without files, its day as written in the line. -#}
{% macro partition_of_line(source) -%}
    {{ return(
        "'all'" if not lines_are_kept()
        else adapter.quote(file_column()) if lines_are_in_files(source)
        else 'coalesce(' ~ as_text(source_day(source)) ~ ", 'no date')"
    ) }}
{%- endmacro %}

{#- The day of a line, from the source's own column. -#}
{% macro source_day(source) -%}
    {%- set input = source['inputs'] | selectattr('alias', 'equalto', source['purchased_at']) -%}
    {{ return(transaction_date(source, quoted_column((input | first).column))) }}
{%- endmacro %}

{% macro default__read_files(path, encoding) -%}
    {{ source_error(
        'lines', path, 'a model or a table as schema.table: only DuckDB reads files'
    ) }}
{%- endmacro %}


{#- Only the delimiter is guessed, from the first lines. If quotes were guessed too, a first quote
    further down would stop the build; if comments were, lines that begin with # would be lost. -#}
{% macro csv_options(encoding) -%}
    {{ return(
        "header = true, all_varchar = true, quote = '\"', escape = '\"', comment = ''"
        ~ (", encoding = '" ~ encoding ~ "'" if encoding else '')
    ) }}
{%- endmacro %}


{#- The source columns that are read, quoted, each once. -#}
{% macro columns_read(source) -%}
    {%- set columns = [] -%}
    {%- for input in source['inputs'] -%}
        {%- do columns.append(quoted_column(input.column)) -%}
    {%- endfor -%}
    {{ return(columns | unique | list) }}
{%- endmacro %}


{#- The lines of an order within its file, for a window function. -#}
{% macro of_its_order(source) -%}
    {%- set columns = ['source_file'] -%}
    {%- for name in source['transaction_id'] -%}
        {%- do columns.append('source_day' if name == 'purchased_on' else name) -%}
    {%- endfor -%}
    {{ return('partition by ' ~ columns | join(', ')) }}
{%- endmacro %}


{#- A value that may be filled on only one line of an order, copied to all its lines. If the order
    has several values, a line without one stays empty. -#}
{% macro carried_value(source, column) -%}
    {%- set value = "nullif(trim(" ~ as_text(column) ~ "), '')" -%}
    {%- set window = ' over (' ~ of_its_order(source) ~ ')' -%}
    {{ return(
        'coalesce(' ~ value ~ ', case when min(' ~ value ~ ')' ~ window ~ ' = max(' ~ value ~ ')'
        ~ window ~ ' then min(' ~ value ~ ')' ~ window ~ ' end)'
    ) }}
{%- endmacro %}


{#- Whether a line is the one with its order's values; null if no columns are copied. -#}
{% macro is_first_line(source) -%}
    {%- set texts = [] -%}
    {%- for input in source['inputs'] if input.is_carried -%}
        {%- do texts.append('not ' ~ is_blank(as_text(input.alias))) -%}
    {%- endfor -%}
    {{ return(texts | join(' or ') if texts else 'cast(null as boolean)') }}
{%- endmacro %}


{#- Whether a line counts according to `lines_where`. -#}
{% macro line_counts(source) -%}
    {%- set conditions = ['1 = 1'] if not source['filters'] else [] -%}
    {%- for filter in source['filters'] -%}
        {%- set literals = [] -%}
        {%- for value in filter['values'] -%}{%- do literals.append(text_literal(value)) -%}{%- endfor -%}
        {%- do conditions.append(
            'coalesce(lower(trim(' ~ as_text(filter['alias']) ~ ")), '') in ("
            ~ literals | join(', ') ~ ')'
        ) -%}
    {%- endfor -%}
    {{ return(conditions | join(' and ')) }}
{%- endmacro %}


{#- The transaction of a line: one id, or several columns joined so that different values stay
    different. Null if any of them is missing. -#}
{% macro transaction_id_text(source) -%}
    {%- if source['transaction_id'] | length == 1 -%}
        {{ return(as_text(source['transaction_id'][0])) }}
    {%- endif -%}
    {%- set blanks, texts = [], [] -%}
    {%- for name in source['transaction_id'] -%}
        {%- set text = as_text('source_day' if name == 'purchased_on' else name) -%}
        {%- do blanks.append(is_blank(text)) -%}
        {%- do texts.append("replace(replace(" ~ text ~ ", '~', '~0'), '/', '~1')") -%}
    {%- endfor -%}
    {{ return(
        'case when not (' ~ blanks | join(' or ') ~ ') then ' ~ texts | join(" || '/' || ") ~ ' end'
    ) }}
{%- endmacro %}


{#- A customer id as text, in the form in which `customer_id_rule` compares ids. -#}
{% macro customer_id_text(source, column) -%}
    {%- set text = as_text(column) -%}
    {{ return({
        'exact': text,
        'trim': trimmed(text),
        'fold': folded_id(text),
    }[source['customer_id_rule']]) }}
{%- endmacro %}


{#- An id without outer spaces, in lower case, and without the .0 that spreadsheets add. -#}
{% macro folded_id(text) -%}
    {{ return('lower(' ~ without_point_zero(trimmed(text)) ~ ')') }}
{%- endmacro %}

{#- A text without outer spaces; tabs and no-break spaces become spaces first. -#}
{% macro trimmed(text) -%}
    {{ return("trim(translate(" ~ text ~ ", '\t\u00a0', '  '))") }}
{%- endmacro %}


{#- An amount as the text that came: factors joined by ' * '. -#}
{% macro amount_text(factors) -%}
    {%- set texts = [] -%}
    {%- for factor in factors -%}
        {%- do texts.append(factor if factor.startswith("'") else as_text(factor)) -%}
    {%- endfor -%}
    {{ return(texts | join(" || ' * ' || ")) }}
{%- endmacro %}


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
    {%- set day_zero = {'unix_seconds': '1970-01-01', 'unix_milliseconds': '1970-01-01',
        'excel_serial': '1899-12-30'}.get(format) -%}
    {%- if format == 'iso' -%}
        {{ return(calendar_day(column, time_zone)) }}
    {%- elif not day_zero -%}
        {{ return(day_by_pattern('trim(' ~ as_text(column) ~ ')', format, time_zone)) }}
    {%- endif -%}
    {#- From 1973 to 2199, so no number is a valid day in two of these formats. -#}
    {%- set bounds = {'unix_seconds': [100000000, 7258118400],
        'unix_milliseconds': [100000000000, 7258118400000], 'excel_serial': [1, 109575]}[format] -%}
    {%- set number = try_cast_as(as_text(column), type_double()) -%}
    {%- set number = 'case when ' ~ number ~ ' >= ' ~ bounds[0] ~ ' and ' ~ number ~ ' < '
        ~ bounds[1] ~ ' then ' ~ number ~ ' end' -%}
    {%- if format == 'excel_serial' -%}
        {{ return(days_after("cast('" ~ day_zero ~ "' as date)", 'cast(floor(' ~ number ~ ') as integer)')) }}
    {%- endif -%}
    {{ return(day_of_seconds(
        number if format == 'unix_seconds' else '(' ~ number ~ ') / 1000', time_zone
    )) }}
{%- endmacro %}


{#- The date formats tried on unreadable dates, to suggest the one to set. -#}
{% macro date_formats_tried() -%}
    {%- set numbers = ['%d/%m/%Y', '%m/%d/%Y', '%d.%m.%Y', '%d-%m-%Y', '%m-%d-%Y', '%Y/%m/%d',
        '%Y.%m.%d', '%d/%m/%y', '%m/%d/%y', '%d.%m.%y', '%d-%m-%y', '%m-%d-%y'] -%}
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


{#- A factor of an amount in the form to cast and, if that gives null, in a second form: there a
    minus may follow the number or, if a decimal separator is set, brackets may surround it. -#}
{% macro factor_forms(source, factor) -%}
    {%- set decimals = source['decimal_separator'] -%}
    {%- if factor.startswith("'") -%}{{ return([factor]) }}{%- endif -%}
    {%- set text = as_text(factor) -%}
    {%- if source['currency_sign'] -%}
        {%- set text = 'replace(' ~ text ~ ', ' ~ text_literal(source['currency_sign']) ~ ", '')" -%}
    {%- endif -%}
    {%- set signed = sign_in_front(text, decimals is not none) -%}
    {{ return(
        [plain_number(text, decimals), plain_number(signed, decimals)] if decimals
        else [factor, signed]
    ) }}
{%- endmacro %}


{#- The exact product of factors; null if one cannot be read or the product does not fit. -#}
{% macro exact_product(source, factors) -%}
    {%- set product = [] -%}
    {%- for part in factors -%}
        {%- set casts = [] -%}
        {%- for form in factor_forms(source, part) -%}
            {%- do casts.append(try_cast_as(form, 'decimal(18, 4)')) -%}
        {%- endfor -%}
        {%- set factor = casts[0] if casts | length == 1 else 'coalesce(' ~ casts | join(', ') ~ ')' -%}
        {%- if product -%}
            {%- do product.append(try_multiply(
                'cast(' ~ product.pop() ~ ' as ' ~ product_type(loop.index0) ~ ')', factor
            )) -%}
        {%- else -%}
            {%- do product.append(factor) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(try_cast_as(product[0], 'decimal(18, 4)')) }}
{%- endmacro %}


{#- SQL that subtracts each of a list of expressions; a blank one subtracts nothing. -#}
{% macro less(source, expressions) -%}
    {%- set parts = [] -%}
    {%- for factors in expressions -%}
        {%- set blanks = [] -%}
        {%- for factor in factors if not factor.startswith("'") -%}
            {%- do blanks.append(is_blank(as_text(factor))) -%}
        {%- endfor -%}
        {%- do parts.append(
            ' - case when ' ~ blanks | join(' or ') ~ ' then 0 else '
            ~ exact_product(source, factors) ~ ' end'
        ) -%}
    {%- endfor -%}
    {{ return(parts | join) }}
{%- endmacro %}


{#- The amount of a line from its own columns, in the line's currency. -#}
{% macro line_amount(source) -%}
    {%- set amount = exact_product(source, source['amount']) -%}
    {%- if not source['subtract'] or source['is_spread'] -%}{{ return(amount) }}{%- endif -%}
    {{ return(try_cast_as(amount ~ less(source, source['subtract']), 'decimal(18, 4)')) }}
{%- endmacro %}


{#- Whether a value to subtract or to add as a return is present but cannot be read. -#}
{% macro refund_is_unreadable(source) -%}
    {%- set conditions = [] -%}
    {%- for factors in source['subtract'] + source['returns'] -%}
        {%- do conditions.append(
            'cast(0 as decimal(18, 4))' ~ less(source, [factors]) ~ ' is null'
        ) -%}
    {%- endfor -%}
    {{ return(conditions | join(' or ')) }}
{%- endmacro %}


{#- The refund of a line, as the amount of a return in the line's currency. -#}
{% macro return_amount(source) -%}
    {{ return(try_cast_as('cast(0 as decimal(18, 4))' ~ less(source, source['returns']), 'decimal(18, 4)')) }}
{%- endmacro %}


{#- The amount of an order in its own currency: its total, or else the sum of its lines, less what
    is subtracted from it. -#}
{% macro order_amount(source) -%}
    {%- set total = exact_product(source, source['order_total']) if source['order_total']
        else 'sum(case when counts then own_amount end) over (' ~ of_its_order(source) ~ ')' -%}
    {{ return(try_cast_as(total ~ less(source, source['subtract']), 'decimal(18, 4)')) }}
{%- endmacro %}


{#- A line's share of its order: the running total up to this line, rounded, less the one before
    it, rounded, so that the shares add up to the order exactly. -#}
{% macro share_of_order() -%}
    {%- set shares = [] -%}
    {%- for weight in ['weight_to_here', 'weight_to_here - weight'] -%}
        {%- do shares.append(
            'cast(round(' ~ as_double('order_amount') ~ ' * ' ~ as_double(weight) ~ ' / nullif('
            ~ as_double('order_weight') ~ ', 0), 4) as decimal(18, 4))'
        ) -%}
    {%- endfor -%}
    {{ return('case when own_amount is not null then ' ~ shares | join(' - ') ~ ' end') }}
{%- endmacro %}


{#- An amount in the reporting currency, if its own currency has a rate. -#}
{% macro in_one_currency(source, amount) -%}
    {%- set rates = [] -%}
    {%- for currency, rate in source['currency_rates'].items() if rate -%}
        {%- do rates.append("when '" ~ currency ~ "' then cast(" ~ rate ~ ' as decimal(18, 9))') -%}
    {%- endfor -%}
    {%- if not rates or not source['currency'] -%}{{ return(amount) }}{%- endif -%}
    {{ return(try_cast_as(
        try_multiply(
            'cast(' ~ amount ~ ' as decimal(18, 4))',
            'case ' ~ currency_code(source) ~ ' ' ~ rates | join(' ') ~ ' else 1 end'
        ),
        'decimal(18, 4)'
    )) }}
{%- endmacro %}


{#- Why the amount of a line that has an amount text is null. -#}
{% macro amount_fault(source) -%}
    {%- set not_finite, readable = [], [] -%}
    {%- for factor in source['amount'] -%}
        {%- set forms = factor_forms(source, factor) -%}
        {%- do not_finite.append(
            'lower(trim(' ~ as_text(forms[0]) ~ '))'
            ~ " in ('nan', '-nan', '+nan', 'inf', '-inf', '+inf',"
            ~ " 'infinity', '-infinity', '+infinity')"
        ) -%}
        {%- set casts = [] -%}
        {%- for form in forms -%}{%- do casts.append(try_cast_as(form, type_double())) -%}{%- endfor -%}
        {%- do readable.append('coalesce(' ~ casts | join(', ') ~ ', null) is not null') -%}
    {%- endfor -%}
    case
                    when {{ not_finite | join(' or ') }} then 'not finite amount'
                    when {{ readable | join(' and ') }} then 'amount out of range'
                    else 'unreadable amount'
                end
{%- endmacro %}


{#- The reasons that the settings ask for: these lines are not lost. -#}
{% macro reasons_asked_for() -%}
    {{ return("('left out by lines_where', 'guest')") }}
{%- endmacro %}


{#- The reasons of lines that nobody is known to have bought, but are usable otherwise. -#}
{% macro guest_reasons() -%}
    {{ return("('no customer', 'guest')") }}
{%- endmacro %}


{#- The reasons normal for every shop or asked for by a setting. They are not reading errors. -#}
{% macro usual_reasons() -%}
    {{ return(
        "('no customer', 'no money moved', 'exact duplicate', 'before the first date',"
        ~ " 'after the last date')"
    ) }}
{%- endmacro %}


{#- Why a typed line cannot be used, regardless of other lines; null if it can. Text is looked at
    only where a cast gave null, because casting dates and amounts to text is slow. -#}
{% macro line_fault(source) -%}
    case
            {%- if source['filters'] %}
            when not counts then 'left out by lines_where'
            {%- endif %}
            when {{ is_blank('transaction_id') }} then 'no transaction id'
            when {{ is_total_row('transaction_id') }} then 'total of other lines'
            when purchased_on is null
                then case
                    when {{ is_blank(as_text(source['purchased_at'])) }} then 'no date'
                    else 'unreadable date'
                end
            {#- Typos such as the year 0201 or 9999 would otherwise set the snapshot date. #}
            when
                purchased_on < cast('1900-01-01' as date)
                or purchased_on > cast('2199-12-31' as date)
                then 'date out of range'
            {%- if source['first_date'] %}
            when purchased_on < cast('{{ source['first_date'] }}' as date) then 'before the first date'
            {%- endif %}
            {%- if source['last_date'] %}
            when purchased_on > cast('{{ source['last_date'] }}' as date) then 'after the last date'
            {%- endif %}
            {%- if source['subtract'] or source['returns'] %}
            when {{ refund_is_unreadable(source) }} then 'unreadable refund'
            {%- endif %}
            {%- if source['is_spread'] %}
            when order_amount is null or least_order_amount <> most_order_amount
                then 'unclear order total'
            {%- endif %}
            when amount is null
                then case
                    when {{ is_blank(amount_text(source['amount'])) }} then 'no amount'
                    else {{ amount_fault(source) }}
                end
            {%- if currencies_are_checked(source) %}
            when {{ is_blank(currency_text(source)) }} then 'no currency'
            when {{ currency_is_unknown(source) }} then 'unknown currency'
            {%- endif %}
            when amount = 0 then 'no money moved'
            {%- if source['amount'] | length > 1 %}
            when amount > 0 and {{ has_negative_factors(source) }} then 'several negative factors'
            {%- endif %}
            {#- Last, so lines without a customer are known to be usable otherwise. #}
            when {{ is_blank('customer_id') }} then 'no customer'
            {%- if source['guest_ids'] %}
            when {{ is_guest(source, 'customer_id') }} then 'guest'
            {%- endif %}
        end
{%- endmacro %}


{#- Whether a line is a total of others, which reports put at the end. -#}
{% macro is_total_row(transaction_id) -%}
    {{ return(
        'lower(trim(' ~ transaction_id ~ ")) in ('total', 'totals', 'total:', 'grand total',"
        ~ " 'subtotal', 'sum', 'summe', 'gesamt', 'gesamtsumme', 'totale', 'totaal')"
    ) }}
{%- endmacro %}


{#- Whether all columns that are multiplied into an amount are negative: a return, written twice? -#}
{% macro has_negative_factors(source) -%}
    {%- set conditions = [] -%}
    {%- for factor in source['amount'] if not factor.startswith("'") -%}
        {%- do conditions.append('trim(' ~ as_text(factor) ~ ") like '-%'") -%}
    {%- endfor -%}
    {{ return(conditions | join(' and ') if conditions | length > 1 else '1 = 0') }}
{%- endmacro %}


{#- Whether a line is a return, by its amount or else by the minus or brackets around it. -#}
{% macro is_return(amount, text) -%}
    {{ return(
        'coalesce(' ~ amount ~ ' < 0, ' ~ matches(text, '[(]|(^|[* ])-|- *$') ~ ', false)'
    ) }}
{%- endmacro %}


{#- Whether an id does not identify a customer, by `guest_ids`. -#}
{% macro is_guest(source, customer_id) -%}
    {%- set literals = [] -%}
    {%- for id in source['guest_ids'] -%}{%- do literals.append(text_literal(id)) -%}{%- endfor -%}
    {{ return(
        'lower(trim(' ~ customer_id ~ ')) in (' ~ literals | join(', ') ~ ')' if literals else '1 = 0'
    ) }}
{%- endmacro %}


{#- The currency of a line, unchanged; null if no column is mapped to it. -#}
{% macro currency_text(source) -%}
    {{ return(as_text(source['currency'] or 'null')) }}
{%- endmacro %}


{#- The currency of a line, in the form of the settings. -#}
{% macro currency_code(source) -%}
    {{ return('upper(trim(' ~ currency_text(source) ~ '))') }}
{%- endmacro %}


{#- Whether a currency column is mapped and a reporting currency is named: then lines in currencies
    without a rate are rejected. -#}
{% macro currencies_are_checked(source) -%}
    {{ return(source['currency'] is not none and source['currency_rates'] != {}) }}
{%- endmacro %}


{#- Whether the currency of a line has no rate. -#}
{% macro currency_is_unknown(source) -%}
    {{ return(
        'coalesce(' ~ currency_code(source) ~ ", '') not in ('"
        ~ source['currency_rates'] | join("', '") ~ "')"
        if currencies_are_checked(source) else '1 = 0'
    ) }}
{%- endmacro %}


{#- Stops a build if a file, table or column in `source` does not exist. A pre-hook of the staging
    model: it changes no data. -#}
{% macro check_source() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set source = source_settings() -%}
    {%- set value = source['lines'] -%}
    {{ check_time_zone(source) }}
    {%- if lines_are_in_files(source) -%}
        {%- if run_query('select count(*) from glob(' ~ text_literal(value) ~ ')').rows[0][0] == 0 -%}
            {{ source_error(
                'lines', value,
                'the path of a file that exists (relative paths start where dbt runs)'
            ) }}
        {%- endif -%}
    {%- elif '.' in value and not load_relation(transactions_source(source)) -%}
        {{ source_error('lines', value, 'a table that exists, as schema.table') }}
    {%- endif -%}
    {%- set present = columns_of_source(source) -%}
    {{ check_columns(source, value, present) }}
    {{ suggest_format(source, present) }}
    {%- if source['currency'] and not currencies_are_checked(source) -%}
        {%- set column = source['inputs'] | selectattr('key', 'equalto', 'columns.currency')
            | map(attribute='column') | first -%}
        {%- set code = 'upper(trim(' ~ as_text(quoted_column(column)) ~ '))' -%}
        {%- set currencies = run_query(
            'select distinct ' ~ code ~ ' as currency from ' ~ transactions_source(source)
            ~ ' as source_lines where ' ~ code ~ " <> '' order by currency limit 4"
        ).columns[0].values() -%}
        {%- if currencies | length > 1 -%}
            {{ source_error(
                'currency', 'null',
                'the one to report in, for the lines are in several (' ~ currencies | join(', ')
                ~ '), and rates of the others into it in currency_rates'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Stops a build if a column to be read is missing from the source, or from one of its files. -#}
{% macro check_columns(source, place, present) -%}
    {%- set folded = present | map('lower') | list -%}
    {%- for input in source['inputs'] if input.column | lower not in folded -%}
        {%- set role = input.key.replace('columns.', '') -%}
        {{ exceptions.raise_compiler_error(
            "The column '" ~ input.column ~ "' for " ~ role ~ ' is not in ' ~ place
            ~ ': write one of its columns (' ~ present | join(', ')
            ~ ') in the variable source.' ~ input.key ~ '.'
        ) }}
    {%- endfor -%}
{%- endmacro %}


{#- Stops a build if one of several files lacks a column, or has it in a type that changes values:
    DuckDB silently fills and casts. Files that an earlier build checked are skipped. A pre-hook of
    int_source_partitions: it changes no data. -#}
{% macro check_files() -%}
    {%- if not execute or not lines_are_kept() -%}{{ return('') }}{%- endif -%}
    {%- set source = source_settings() -%}
    {%- if not lines_are_in_files(source)
        or run_query('select count(*) from glob(' ~ text_literal(source['lines']) ~ ')').rows[0][0] < 2 -%}
        {{ return('') }}
    {%- endif -%}
    {%- set query = 'select source_partition from (' ~ source_partitions() ~ ') as partitions' -%}
    {%- if load_relation(this) -%}
        {%- set query = query ~ ' where fingerprint not in (select fingerprint from ' ~ this ~ ')' -%}
    {%- endif -%}
    {%- set files = run_query(query ~ ' order by source_partition').columns[0].values() -%}
    {%- if source['lines'].lower().endswith('.parquet') -%}
        {{ check_types(source) if files }}
        {%- set described = 'select file_name, name from parquet_schema('
            ~ text_literal(source['lines']) ~ ') where duckdb_type is not null' -%}
        {{ check_columns_of_files(source, files, described) if files }}
    {%- endif -%}
    {#- In batches, because one query over all files could be too long. -#}
    {%- for some in (files | batch(100) if not source['lines'].lower().endswith('.parquet') else []) -%}
        {%- set queries = [] -%}
        {%- for file in some -%}
            {%- do queries.append(
                'select ' ~ text_literal(file) ~ ' as file_name, column_name as name from ('
                ~ 'describe from read_csv(' ~ text_literal(file) ~ ', '
                ~ csv_options(source['encoding']) ~ '))'
            ) -%}
        {%- endfor -%}
        {{ check_columns_of_files(source, some, queries | join(' union all ')) }}
    {%- endfor -%}
{%- endmacro %}


{#- Checks that each file has all columns that are read, from a query that lists the columns of
    files. -#}
{% macro check_columns_of_files(source, files, query) -%}
    {%- set present = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- do present.setdefault(row[0], []).append(row[1]) -%}
    {%- endfor -%}
    {%- for file in files -%}
        {{ check_columns(source, file, present.get(file, [])) }}
    {%- endfor -%}
{%- endmacro %}


{#- Checks that the types of a column in different Parquet files give the same values. -#}
{% macro check_types(source) -%}
    {%- set rows = run_query(
        'select lower(name), duckdb_type, min(file_name) from parquet_schema('
        ~ text_literal(source['lines']) ~ ') where duckdb_type is not null'
        ~ ' group by all order by min(file_name), duckdb_type'
    ).rows -%}
    {%- for input in source['inputs']
        if input.key not in ('columns.amount', 'subtract', 'order_total') -%}
        {%- set kinds = {} -%}
        {%- for row in rows if row[0] == input.column | lower -%}
            {%- set kind = 'text' if row[1] == 'VARCHAR' or 'INT' in row[1] else row[1] -%}
            {%- if input.key == 'columns.purchased_at' -%}
                {%- set kind = 'day' if row[1] in ('VARCHAR', 'DATE', 'TIMESTAMP', 'TIMESTAMP_NS',
                    'TIMESTAMP_MS', 'TIMESTAMP_S') else 'number' if 'INT' in row[1] else row[1] -%}
            {%- endif -%}
            {%- do kinds.setdefault(kind, row) -%}
        {%- endfor -%}
        {%- if kinds | length > 1 -%}
            {%- set first, second = (kinds.values() | list)[:2] -%}
            {{ exceptions.raise_compiler_error(
                "The column '" ~ input.column ~ "' for " ~ input.key.replace('columns.', '')
                ~ ' is ' ~ first[1] ~ ' in ' ~ first[2] ~ ' and ' ~ second[1] ~ ' in ' ~ second[2]
                ~ ', which changes its values: write both files with one type.'
            ) }}
        {%- endif -%}
    {%- endfor -%}
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

{#- Where the transaction lines are read from, and under which names. Configuration, never an edit
    of a model. -#}

{#- Whether the variable `transactions` names files, which DuckDB alone reads. -#}
{% macro transactions_are_files() -%}
    {%- set ending = '[.](csv|csv[.]gz|parquet)$' -%}
    {{ return(modules.re.search(ending, transactions_setting() | lower) is not none) }}
{%- endmacro %}


{#- The variable `transactions`: a model or seed, a table (schema.table), or a file or glob. -#}
{% macro transactions_setting() -%}
    {%- set value = var('transactions', 'raw_transactions') | string | trim -%}
    {%- set name = '[A-Za-z_][A-Za-z0-9_$-]*' -%}
    {%- if not modules.re.fullmatch(name ~ '([.]' ~ name ~ '){0,2}', value)
        and not modules.re.search('[.](csv|csv[.]gz|parquet)$', value | lower) -%}
        {{ setting_error(
            'transactions', value,
            'a model or seed, a table as schema.table, or a .csv, .csv.gz or .parquet file or glob'
        ) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{#- What `from` reads: a relation, or a table function over files with every CSV column as
    text. -#}
{% macro transactions_source() -%}
    {%- set value = transactions_setting() -%}
    {%- if transactions_are_files() -%}
        {{ return(adapter.dispatch('read_files', 'customer_segmentation')(value)) }}
    {%- elif '.' in value -%}
        {{ return(source('transactions', 'lines')) }}
    {%- endif -%}
    {{ return(model_or_seed('transactions')) }}
{%- endmacro %}

{#- The column in which files come with their name; no file will have one of this name. -#}
{% macro file_column() -%}
    {{ return('name of the file read') }}
{%- endmacro %}

{#- The file a line is in; null where no files are read. -#}
{% macro source_file() -%}
    {{ return(
        adapter.quote(file_column()) if transactions_are_files() else as_text('null')
    ) }}
{%- endmacro %}

{#- The part of the source that a line is in: its file, or its day where no files are read. -#}
{% macro source_part() -%}
    {{ return(
        "'all'" if not lines_are_kept()
        else adapter.quote(file_column()) if transactions_are_files()
        else 'coalesce(' ~ as_text(transaction_date()) ~ ", 'no date')"
    ) }}
{%- endmacro %}

{% macro default__read_files(path) -%}
    {{ setting_error(
        'transactions', path, 'a model or a table as schema.table: only DuckDB reads files'
    ) }}
{%- endmacro %}

{% macro duckdb__read_files(path) -%}
    {%- set literal = "'" ~ path | replace("'", "''") ~ "'" -%}
    {%- if path.lower().endswith('.parquet') -%}
        {{ return(
            'read_parquet(' ~ literal ~ ", union_by_name = true, filename = '"
            ~ file_column() ~ "')"
        ) }}
    {%- endif -%}
    {#- Only the delimiter is guessed: guessed from the first lines, a quote that comes late ends the
        build, and lines that begin with # are lost as comments. -#}
    {{ return(
        'read_csv(' ~ literal ~ ", header = true, all_varchar = true, union_by_name = true, "
        ~ "quote = '\"', escape = '\"', comment = '', filename = '" ~ file_column() ~ "')"
    ) }}
{%- endmacro %}


{#- The variable `transaction_columns` over the defaults: our column -> a list of the source's
    columns and numbers, multiplied with each other (one column for everything but the amount). -#}
{% macro transaction_columns_setting() -%}
    {%- set names = ['transaction_id', 'customer_id', 'product_id', 'purchased_at', 'amount'] -%}
    {%- set given = var('transaction_columns', {}) or {} -%}
    {%- if given is not mapping -%}
        {{ setting_error(
            'transaction_columns', given, 'a mapping such as {customer_id: CustomerID}'
        ) }}
    {%- endif -%}
    {%- for name in given if name not in names + ['quantity', 'unit_price', 'currency'] -%}
        {{ setting_error(
            'transaction_columns', name,
            'only ' ~ names | join(', ') ~ ', currency, or quantity and unit_price for amount'
        ) }}
    {%- endfor -%}
    {%- if ('quantity' in given) != ('unit_price' in given)
        or ('quantity' in given and 'amount' in given) -%}
        {{ setting_error(
            'transaction_columns', given.keys() | join(', '),
            'either amount, or both quantity and unit_price'
        ) }}
    {%- endif -%}
    {%- set columns = {} -%}
    {%- for name in names + (['currency'] if 'currency' in given else []) -%}
        {%- if name == 'amount' and 'quantity' in given -%}
            {%- set parts = [given['quantity'], given['unit_price']] -%}
        {%- elif name == 'amount' -%}
            {%- set parts = (given.get(name, name) | string).split('*') -%}
        {%- else -%}
            {%- set parts = [given.get(name, name)] -%}
        {%- endif -%}
        {%- do columns.update({
            name: parts | map('default', '', true) | map('string') | map('trim') | list
        }) -%}
        {%- if '' in columns[name] -%}
            {{ setting_error(
                'transaction_columns', name ~ ': ' ~ columns[name] | join(' * '),
                'the name of a column of your table'
            ) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#- Whether a factor of the amount is a number such as -1 or 0.01 rather than a column. -#}
{% macro is_number(text) -%}
    {{ return(modules.re.fullmatch('-?[0-9]+([.][0-9]+)?', text) is not none) }}
{%- endmacro %}


{#- One of our columns as the text that came: the source's text, factors joined by ' * '. -#}
{% macro transaction_text(name) -%}
    {%- set texts = [] -%}
    {%- for part in transaction_columns_setting()[name] -%}
        {%- do texts.append(
            "'" ~ part ~ "'" if name == 'amount' and is_number(part)
            else as_text(quoted_column(part))
        ) -%}
    {%- endfor -%}
    {{ return(texts | join(" || ' * ' || ")) }}
{%- endmacro %}


{#- The calendar day of a line, in the source's own time zone; null where it cannot be read. -#}
{% macro transaction_date() -%}
    {%- set column = transaction_columns_setting()['purchased_at'][0] -%}
    {{ return(try_cast_as(quoted_column(column), 'date')) }}
{%- endmacro %}


{#- The factors of the amount as they can be cast: plain numbers, or text without thousands
    separators and with a decimal point. -#}
{% macro amount_factors() -%}
    {%- set decimals = decimal_separator_setting() -%}
    {%- set factors = [] -%}
    {%- for part in transaction_columns_setting()['amount'] -%}
        {%- set column = quoted_column(part) -%}
        {%- if is_number(part) -%}
            {%- do factors.append("'" ~ part ~ "'") -%}
        {%- elif decimals -%}
            {%- do factors.append(plain_number(as_text(column), decimals)) -%}
        {%- else -%}
            {%- do factors.append(column) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(factors) }}
{%- endmacro %}


{#- The amount of a line in exact decimals, in the reporting currency where its own is known; null
    where a factor cannot be read or the product does not fit. -#}
{% macro transaction_amount() -%}
    {%- set product = [] -%}
    {%- for part in amount_factors() -%}
        {%- set factor = try_cast_as(part, 'decimal(18, 4)') -%}
        {%- if product -%}
            {%- do product.append(try_multiply(
                'cast(' ~ product.pop() ~ ' as ' ~ product_type(loop.index0) ~ ')', factor
            )) -%}
        {%- else -%}
            {%- do product.append(factor) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set rates = [] -%}
    {%- for currency, rate in currency_rates_setting().items() if rate -%}
        {%- do rates.append("when '" ~ currency ~ "' then cast(" ~ rate ~ ' as decimal(18, 9))') -%}
    {%- endfor -%}
    {%- if rates and 'currency' in transaction_columns_setting() -%}
        {%- do product.append(try_multiply(
            'cast(' ~ try_cast_as(product.pop(), 'decimal(18, 4)') ~ ' as decimal(18, 4))',
            'case ' ~ currency_code() ~ ' ' ~ rates | join(' ') ~ ' else 1 end'
        )) -%}
    {%- endif -%}
    {{ return(try_cast_as(product[0], 'decimal(18, 4)')) }}
{%- endmacro %}


{#- Why `transaction_amount` of a line that has one is null. -#}
{% macro amount_fault() -%}
    {%- set not_finite, readable = [], [] -%}
    {%- for factor in amount_factors() -%}
        {%- do not_finite.append(
            'lower(trim(' ~ as_text(factor) ~ '))'
            ~ " in ('nan', '-nan', '+nan', 'inf', '-inf', '+inf',"
            ~ " 'infinity', '-infinity', '+infinity')"
        ) -%}
        {%- do readable.append(try_cast_as(factor, type_double()) ~ ' is not null') -%}
    {%- endfor -%}
    case
            when {{ not_finite | join(' or ') }} then 'not finite amount'
            when {{ readable | join(' and ') }} then 'amount out of range'
            else 'unreadable amount'
        end
{%- endmacro %}


{#- Why a line of the source cannot be used, whatever the others are; null for one that can. Only
    where a cast gave null is its text looked at: texts of dates and amounts are dear. -#}
{% macro line_fault() -%}
    {%- set bounds = date_bounds_setting() -%}
    {%- set texts = {} -%}
    {%- for name in ['transaction_id', 'customer_id', 'purchased_at', 'amount'] -%}
        {%- set text = transaction_text(name) -%}
        {%- do texts.update({name: is_blank(text)}) -%}
    {%- endfor -%}
    case
            when {{ texts.transaction_id }} then 'no transaction id'
            when {{ texts.customer_id }} then 'no customer'
            when {{ transaction_date() }} is null
                then case when {{ texts.purchased_at }} then 'no date' else 'unreadable date' end
            -- Typing errors such as the year 0201 or 9999 would otherwise set the snapshot date.
            when
                {{ transaction_date() }} < cast('1900-01-01' as date)
                or {{ transaction_date() }} > cast('2199-12-31' as date)
                then 'date out of range'
            {%- if bounds.first_date %}
            when
                {{ transaction_date() }} < cast('{{ bounds.first_date }}' as date)
                then 'before the first date'
            {%- endif %}
            {%- if bounds.last_date %}
            when
                {{ transaction_date() }} > cast('{{ bounds.last_date }}' as date)
                then 'after the last date'
            {%- endif %}
            when {{ transaction_amount() }} is null
                then case when {{ texts.amount }} then 'no amount' else {{ amount_fault() }} end
            {%- if currencies_are_checked() %}
            when {{ currency_is_unknown(currency_text()) }} then 'unknown currency'
            {%- endif %}
            when {{ transaction_amount() }} = 0 then 'no money moved'
        end
{%- endmacro %}


{#- The currency of a line as it came; null where no column is mapped to it. -#}
{% macro currency_text() -%}
    {{ return(
        transaction_text('currency') if 'currency' in transaction_columns_setting()
        else as_text('null')
    ) }}
{%- endmacro %}


{#- The currency of a line, as the variables say them. -#}
{% macro currency_code() -%}
    {{ return('upper(trim(' ~ currency_text() ~ '))') }}
{%- endmacro %}


{#- Whether the lines' currencies are mapped and one to report in is named: then others are
    refused. -#}
{% macro currencies_are_checked() -%}
    {{ return('currency' in transaction_columns_setting() and currency_rates_setting() != {}) }}
{%- endmacro %}


{#- A condition on a line of the source, `currency` being its text: whether its currency has no
    rate. -#}
{% macro currency_is_unknown(currency) -%}
    {{ return(
        'coalesce(upper(trim(' ~ currency ~ ")), '') not in ('"
        ~ currency_rates_setting() | join("', '") ~ "')"
        if currencies_are_checked() else '1 = 0'
    ) }}
{%- endmacro %}


{#- Stops a build on a file or a column that is not there. A pre-hook of the staging model: it
    looks, it changes nothing. -#}
{% macro check_transactions() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set value = transactions_setting() -%}
    {%- if transactions_are_files() -%}
        {%- set literal = "'" ~ value | replace("'", "''") ~ "'" -%}
        {%- if run_query('select count(*) from glob(' ~ literal ~ ')').rows[0][0] == 0 -%}
            {{ setting_error(
                'transactions', value,
                'the path of a file that exists (relative paths start where dbt runs)'
            ) }}
        {%- endif -%}
    {%- elif '.' in value and not load_relation(transactions_source()) -%}
        {{ setting_error('transactions', value, 'a table that exists, as schema.table') }}
    {%- endif -%}
    {%- set query = 'select * from ' ~ transactions_source() ~ ' as source_lines where 1 = 0' -%}
    {%- set present = get_column_schema_from_query(query) | map(attribute='name')
        | reject('equalto', file_column()) | list -%}
    {%- set folded = present | map('lower') | list -%}
    {%- for name, parts in transaction_columns_setting().items() -%}
        {%- for part in parts
            if part | lower not in folded and not (name == 'amount' and is_number(part)) -%}
            {{ exceptions.raise_compiler_error(
                "The column '" ~ part ~ "' for " ~ name ~ " is not in " ~ value
                ~ ": in the variable transaction_columns, map " ~ name
                ~ " to one of its columns (" ~ present | join(', ') ~ ")."
            ) }}
        {%- endfor -%}
    {%- endfor -%}
    {%- if 'currency' in transaction_columns_setting() and not currencies_are_checked() -%}
        {%- set currencies = run_query(
            'select distinct ' ~ currency_code() ~ ' as currency from ' ~ transactions_source()
            ~ ' as source_lines where ' ~ currency_code() ~ " <> '' order by currency limit 4"
        ).columns[0].values() -%}
        {%- if currencies | length > 1 -%}
            {{ setting_error(
                'currency', 'null',
                'the one to report in, for the lines are in several (' ~ currencies | join(', ')
                ~ '), and rates of the others into it in currency_rates'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Says in one sentence at the end of the log why DuckDB could not read a file: its own words are
    many, and for programmers. An on-run-end hook. -#}
{% macro explain_unreadable_files(results) -%}
    {%- for result in results if execute and result.status == 'error' -%}
        {%- set message = result.message | string -%}
        {%- set file = modules.re.search('file = (.+)|sniffing file "(.+?)"', message) -%}
        {%- set line = modules.re.search('CSV Error on Line: ([0-9]+)', message) -%}
        {%- set counts = modules.re.search('Columns: ([0-9]+) Found: ([0-9]+)', message) -%}
        {%- if file and ('CSV Error' in message or 'sniffing file' in message) -%}
            {%- set name = (file.group(1) or file.group(2)) | trim -%}
            {%- set place = 'Line ' ~ line.group(1) ~ ' of ' ~ name if line else 'The file ' ~ name -%}
            {%- if 'not utf-8' in message -%}
                {%- do exceptions.warn('The file ' ~ name ~ ' is not UTF-8: save it as UTF-8.') -%}
            {%- elif counts -%}
                {%- do exceptions.warn(
                    place ~ ' has ' ~ counts.group(2) ~ ' columns where the header has '
                    ~ counts.group(1) ~ ': mend the line.'
                ) -%}
            {%- else -%}
                {%- do exceptions.warn(
                    place ~ ' cannot be read as CSV: see whether quotes are closed, and lines end'
                    ~ ' alike and have as many columns as the header.'
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- The variable `source`: one mapping that says where the lines are and how to read them. All of
    it is checked here, with one sentence per mistake. Nothing else reads it. -#}

{#- Every key with its default. -#}
{% macro source_defaults() -%}
    {{ return({
        'lines': 'raw_transactions',
        'format': none,
        'columns': {},
        'date_format': none,
        'time_zone': 'UTC',
        'decimal_separator': none,
        'currency_sign': none,
        'encoding': none,
        'currency': none,
        'currency_rates': {},
        'first_date': none,
        'last_date': none,
        'allow_future_dates': false,
        'lines_where': {},
        'duplicate_lines': 'keep',
        'customer_id_rule': 'exact',
        'guest_ids': [],
        'subtract': [],
        'returns': [],
        'order_columns': [],
        'order_total': none,
    }) }}
{%- endmacro %}


{% macro source_error(key, value, instead) -%}
    {{ setting_error('source.' ~ key, value, instead) }}
{%- endmacro %}


{#- The mapping as given, completed from its format and then from the defaults; `columns` is
    completed column by column. -#}
{% macro source_given() -%}
    {%- set given = var('source', {}) or {} -%}
    {%- set defaults, formats = source_defaults(), source_formats() -%}
    {%- if given is not mapping -%}
        {{ setting_error('source', given, 'a mapping such as {lines: exports/*.csv}') }}
    {%- endif -%}
    {%- for key in given if key not in defaults -%}
        {{ exceptions.raise_compiler_error(
            "The variable source has no key '" ~ key ~ "': " ~ name_meant(key, defaults)
        ) }}
    {%- endfor -%}
    {%- set name = given.get('format', none) -%}
    {%- if name is not none and name not in formats -%}
        {{ source_error('format', name, 'one of ' ~ formats | join(', ')) }}
    {%- endif -%}
    {%- set merged = dict(defaults, **formats.get(name, {})) -%}
    {%- for key, value in given.items() -%}
        {%- do merged.update({key: defaults[key] if value is none else value}) -%}
    {%- endfor -%}
    {%- if merged['columns'] is mapping -%}
        {%- set columns = dict(formats.get(name, {}).get('columns', {}), **merged['columns']) -%}
        {%- if 'quantity' in merged['columns'] and 'amount' not in merged['columns'] -%}
            {%- do columns.pop('amount', none) -%}
        {%- endif -%}
        {%- do merged.update({'columns': columns}) -%}
    {%- endif -%}
    {{ return(merged) }}
{%- endmacro %}


{#- The mapping, checked, in the form from which SQL is written. `inputs` are the columns that are
    read, each with our own alias: [{alias, column, key, is_carried}]. The other keys hold aliases:
    one each for customer_id, product_id, purchased_at and currency, a list for transaction_id,
    factors (aliases and numbers) for amount and order_total, lists of factors for subtract and
    returns, and [{alias, values}] for filters. -#}
{% macro source_settings() -%}
    {%- set given = source_given() -%}
    {%- set columns = source_columns_setting(given['columns']) -%}
    {%- set order_columns = source_list(given, 'order_columns', 'columns, such as [Email]') -%}
    {%- set subtract = source_list(given, 'subtract', 'a column, such as Refunded Amount') -%}
    {%- set returns = [] if given['returns'] is mapping
        else source_list(given, 'returns', 'a column, such as Amount Refunded') -%}
    {%- set totals = source_list(given, 'order_total', 'one column, such as Total') -%}
    {%- if totals | length > 1 -%}
        {{ source_error('order_total', totals | join(', '), 'one column, such as Total') }}
    {%- endif -%}
    {%- if totals -%}
        {%- for part in factor_texts(([totals[0]] + subtract) | join('*')) -%}
            {%- do order_columns.append(part) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set source = {
        'lines': source_lines_setting(given['lines']),
        'inputs': [],
        'carried': order_columns | map('lower') | list,
        'date_format': source_date_format_setting(given),
        'time_zone': source_time_zone_setting(given['time_zone']),
        'decimal_separator': source_choice(
            given, 'decimal_separator', [none, '.', ','],
            "'.' for 1,234.50, ',' for 1.234,50, or null for plain numbers such as 1234.50"
        ),
        'currency_sign': source_currency_sign_setting(given),
        'encoding': source_encoding_setting(given['encoding']),
        'currency_rates': currency_rates_setting(given['currency'], given['currency_rates']),
        'duplicate_lines': source_choice(
            given, 'duplicate_lines', ['keep', 'reject'],
            'keep, or reject to use one of the lines that are the same in every mapped column'
        ),
        'customer_id_rule': source_choice(
            given, 'customer_id_rule', ['exact', 'trim', 'fold'],
            'exact, trim (without outer spaces) or fold (also in lower case, and 17.0 as 17)'
        ),
        'allow_future_dates': source_choice(
            given, 'allow_future_dates', [true, false], 'true or false'
        ),
        'guest_ids': source_list(given, 'guest_ids', "ids that mean no customer, such as ['0']")
            | map('lower') | list,
        'subtract': [],
        'returns': [],
    } -%}
    {%- do source.update(date_bounds_setting(given)) -%}
    {%- set ids = [] -%}
    {%- for name in columns['transaction_id'] -%}
        {%- do ids.append(
            name if name == 'purchased_on' and columns['transaction_id'] | length > 1
            else source_input(source, 'columns.transaction_id', 'transaction_id_' ~ loop.index, name)
        ) -%}
    {%- endfor -%}
    {%- do source.update({'transaction_id': ids, 'currency': none}) -%}
    {%- for role in ['customer_id', 'product_id', 'purchased_at', 'currency'] if role in columns -%}
        {%- do source.update({
            role: source_input(source, 'columns.' ~ role, 'source_' ~ role, columns[role])
        }) -%}
    {%- endfor -%}
    {%- do source.update({
        'amount': source_factors(source, 'columns.amount', 'amount', columns['amount']),
        'order_total': source_factors(source, 'order_total', 'order_total', totals[0])
            if totals else [],
    }) -%}
    {%- for key, expressions in {'subtract': subtract, 'returns': returns}.items() -%}
        {%- for expression in expressions -%}
            {%- do source[key].append(
                source_factors(source, key, key ~ '_' ~ loop.index, expression)
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if given['lines_where'] is not mapping -%}
        {{ source_error('lines_where', given['lines_where'], example_of_filters()['lines_where']) }}
    {%- endif -%}
    {%- do source.update({
        'filters': source_filters(source, 'lines_where', 'filter_', given['lines_where']),
        'return_filters': source_filters(source, 'returns', 'return_filter_', given['returns'])
            if given['returns'] is mapping else [],
    }) -%}
    {%- do source.update({
        'is_spread': source['order_total'] or source['inputs'] | selectattr('key', 'equalto', 'subtract')
            | selectattr('is_carried') | list,
    }) -%}
    {#- The order columns of a format apply only where they are mapped. -#}
    {%- set read = source['inputs'] | map(attribute='column') | map('lower') | list -%}
    {%- for column in order_columns
        if column | lower not in read and 'order_columns' in var('source', {}) -%}
        {{ source_error(
            'order_columns', column,
            'columns that are mapped to something: ' ~ read | unique | join(', ')
        ) }}
    {%- endfor -%}
    {%- for input in source['inputs'] if input.is_carried and input.key == 'columns.transaction_id' -%}
        {{ source_error(
            'order_columns', input.column,
            'other columns: the id is on every line of an order and says which lines belong to it'
        ) }}
    {%- endfor -%}
    {{ return(source) }}
{%- endmacro %}


{% macro example_of_filters() -%}
    {{ return({
        'lines_where': 'a column and the values that count, such as {Status: [paid, refunded]}',
        'returns': 'a column and the values of returns, such as {Type: [refund, credit]}',
    }) }}
{%- endmacro %}


{#- Columns and the values that a line may have in them, as [{alias, values}]. -#}
{% macro source_filters(source, key, alias, given) -%}
    {%- set filters = [] -%}
    {%- for column, value in given.items() -%}
        {%- set values = [value] if value is string or value is not iterable else value -%}
        {%- set values = values | map('string') | map('trim') | map('lower') | list -%}
        {%- if values | select | list | length in (0, values | length - 1) or value is mapping -%}
            {{ source_error(key, column ~ ': ' ~ value, example_of_filters()[key]) }}
        {%- endif -%}
        {%- do filters.append({
            'alias': source_input(source, key, alias ~ loop.index, column), 'values': values,
        }) -%}
    {%- endfor -%}
    {{ return(filters) }}
{%- endmacro %}


{#- Records that a source column is read, and returns the alias used from there on. -#}
{% macro source_input(source, key, alias, column) -%}
    {%- set column = column | default('', true) | string | trim -%}
    {%- if not column -%}
        {{ source_error(key, column, 'the name of a column of your table') }}
    {%- endif -%}
    {%- do source['inputs'].append({
        'alias': alias, 'column': column, 'key': key,
        'is_carried': column | lower in source['carried'] and key != 'returns',
    }) -%}
    {{ return(alias) }}
{%- endmacro %}


{#- The factors of an expression such as Quantity * UnitPrice: columns by their alias, and numbers. -#}
{% macro source_factors(source, key, alias, expression) -%}
    {%- set factors = [] -%}
    {%- for part in (expression | string).split('*') -%}
        {%- do factors.append(
            "'" ~ part | trim ~ "'" if is_number(part | trim)
            else source_input(source, key, alias ~ '_' ~ loop.index, part)
        ) -%}
    {%- endfor -%}
    {%- if factor_texts(expression | string) == [] -%}
        {{ source_error(key, expression, 'a column, or a column times numbers or columns') }}
    {%- endif -%}
    {{ return(factors) }}
{%- endmacro %}


{#- The columns among the factors of an expression. -#}
{% macro factor_texts(expression) -%}
    {%- set columns = [] -%}
    {%- for part in expression.split('*') if not is_number(part | trim) -%}
        {%- do columns.append(part | trim) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#- Whether a factor of the amount is a number such as -1 or 0.01 and not a column. -#}
{% macro is_number(text) -%}
    {{ return(modules.re.fullmatch('-?[0-9]+([.][0-9]+)?', text) is not none) }}
{%- endmacro %}


{#- A key's value, if it is one of the valid ones. -#}
{% macro source_choice(given, key, choices, instead) -%}
    {%- set value = given[key] -%}
    {%- if value is string and (value | lower) in ('true', 'false') -%}
        {%- set value = value | lower == 'true' -%}
    {%- endif -%}
    {%- if value not in choices or (value is boolean) != (choices[0] is boolean) -%}
        {{ source_error(key, given[key], instead) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{#- A key's value as a list of texts; a single text becomes a list of one. -#}
{% macro source_list(given, key, instead) -%}
    {%- set value = given[key] -%}
    {%- if value is none -%}{%- set value = [] -%}{%- endif -%}
    {%- if value is string or value is not iterable -%}{%- set value = [value] -%}{%- endif -%}
    {%- set texts = [] -%}
    {%- for text in value -%}
        {%- if value is mapping or text is none or text | string | trim == ''
            or text is not string and text is iterable -%}
            {{ source_error(key, given[key], instead) }}
        {%- endif -%}
        {%- do texts.append(text | string | trim) -%}
    {%- endfor -%}
    {{ return(texts) }}
{%- endmacro %}


{#- A model or seed, a table (schema.table), or a file or glob. -#}
{% macro source_lines_setting(value) -%}
    {%- set value = value | string | trim -%}
    {%- set name = '[A-Za-z_][A-Za-z0-9_$-]*' -%}
    {%- if not modules.re.fullmatch(name ~ '([.]' ~ name ~ '){0,2}', value)
        and not modules.re.search(file_ending(), value | lower) -%}
        {{ source_error(
            'lines', value,
            'a model or seed, a table as schema.table, or a .csv, .tsv, .txt (also .gz) or .parquet file'
            ~ ' or glob'
        ) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{#- Our column -> the source's column: a list for the transaction, an expression for the
    amount. -#}
{% macro source_columns_setting(given) -%}
    {%- set names = ['transaction_id', 'customer_id', 'product_id', 'purchased_at', 'amount'] -%}
    {%- set known = names + ['quantity', 'unit_price', 'currency'] -%}
    {%- if given is not mapping -%}
        {{ source_error('columns', given, 'a mapping such as {customer_id: CustomerID}') }}
    {%- endif -%}
    {%- for name in given if name not in known -%}
        {{ exceptions.raise_compiler_error(
            "The variable source.columns has no key '" ~ name ~ "': " ~ name_meant(name, known)
        ) }}
    {%- endfor -%}
    {%- if ('quantity' in given) != ('unit_price' in given)
        or ('quantity' in given and 'amount' in given) -%}
        {{ source_error(
            'columns', given.keys() | join(', '),
            'either amount, or both quantity and unit_price'
        ) }}
    {%- endif -%}
    {%- set columns = {} -%}
    {%- for name in names + (['currency'] if 'currency' in given else []) -%}
        {%- do columns.update({name: given.get(name, name)}) -%}
    {%- endfor -%}
    {%- if 'quantity' in given -%}
        {%- do columns.update({'amount': given['quantity'] ~ ' * ' ~ given['unit_price']}) -%}
    {%- endif -%}
    {%- for name, column in columns.items() -%}
        {%- if column is mapping or (name != 'transaction_id' and column is not string) -%}
            {{ source_error('columns.' ~ name, column, 'the name of a column of your table') }}
        {%- endif -%}
    {%- endfor -%}
    {%- set ids = source_list(
        {'columns.transaction_id': columns['transaction_id']}, 'columns.transaction_id',
        'the name of a column of your table, or a list of them'
    ) -%}
    {%- if not ids -%}
        {{ source_error(
            'columns.transaction_id', '', 'the name of a column of your table, or a list of them'
        ) }}
    {%- endif -%}
    {%- do columns.update({'transaction_id': ids}) -%}
    {{ return(columns) }}
{%- endmacro %}


{#- How dates are written: strptime patterns, or one of date_words; none for ISO. Two patterns that
    swap day and month contradict each other. -#}
{% macro source_date_format_setting(given) -%}
    {%- set instead = date_words() | join(', ') ~ ", a pattern such as"
        ~ " '%d/%m/%Y' with %Y or %y, %m or %b or %B, and %d, or a list of these" -%}
    {%- set formats = source_list(given, 'date_format', instead) -%}
    {%- set orders = {} -%}
    {%- for format in formats if format not in date_words() -%}
        {%- set parts = modules.re.findall('%-?([a-zA-Z%])', format) -%}
        {%- if parts | reject('in', 'YymbBdHIMSfpzZ%') | list
            or parts | select('in', 'Yy') | list | length != 1
            or parts | select('in', 'mbB') | list | length != 1
            or parts | select('equalto', 'd') | list | length != 1
            or "'" in format or '\\' in format -%}
            {{ source_error('date_format', format, instead) }}
        {%- endif -%}
        {%- if 'm' in parts -%}
            {%- set shape = modules.re.sub('%-?[md]', '%', format) -%}
            {%- if orders.get(shape, parts.index('m') < parts.index('d'))
                != (parts.index('m') < parts.index('d')) -%}
                {{ source_error(
                    'date_format', formats | join(', '),
                    'one order of day and month: both patterns read 01/02/2025'
                ) }}
            {%- endif -%}
            {%- do orders.update({shape: parts.index('m') < parts.index('d')}) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- Years of two digits first: a pattern for four reads 25 as the year 25. -#}
    {%- set short, long = [], [] -%}
    {%- for format in formats -%}
        {%- do (short if '%y' in format else long).append(format) -%}
    {%- endfor -%}
    {{ return(short + long) }}
{%- endmacro %}


{#- The date formats that are not patterns. -#}
{% macro date_words() -%}
    {{ return(['iso', 'unix_seconds', 'unix_milliseconds', 'unix_microseconds', 'excel_serial']) }}
{%- endmacro %}


{#- The time zone in which a time with a zone becomes a day. A pre-hook checks that the engine
    knows it. -#}
{% macro source_time_zone_setting(value) -%}
    {%- if value is not string or not modules.re.fullmatch('[A-Za-z][A-Za-z0-9_+/-]*', value) -%}
        {{ source_error(
            'time_zone', value,
            'a zone such as Europe/Berlin, or as_written for the day that stands in the text'
        ) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{#- The sign to remove from amounts. -#}
{% macro source_currency_sign_setting(given) -%}
    {%- set value = given['currency_sign'] -%}
    {%- if value is not none and (
        value is not string or not modules.re.fullmatch("[^0-9.,()'\\s\\\\-]{1,5}", value)
        or given['decimal_separator'] is none
    ) -%}
        {{ source_error(
            'currency_sign', value,
            'the sign in the amounts, such as $, and decimal_separator with it'
        ) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{#- The encodings DuckDB reads without downloading an extension; none for UTF-8. -#}
{% macro source_encoding_setting(value) -%}
    {%- set names = {
        'utf8': none, 'latin1': 'latin-1', 'iso88591': 'latin-1', 'utf16': 'utf-16'
    } -%}
    {%- if value is none -%}{{ return(none) }}{%- endif -%}
    {%- set name = modules.re.sub('[-_ ]', '', value | string | lower) -%}
    {%- if name not in names -%}
        {{ source_error(
            'encoding', value,
            'utf-8, latin-1 or utf-16, which are all that DuckDB reads by itself; a file in another,'
            ~ ' such as cp1252, is latin-1 unless it has signs such as € or curly quotes, and else'
            ~ ' must be saved as UTF-8'
        ) }}
    {%- endif -%}
    {{ return(names[name]) }}
{%- endmacro %}


{#- The first and the last day that lines may have, or none for the built-in bounds only. -#}
{% macro date_bounds_setting(given) -%}
    {%- set first_date = day_or_none(
        'source.first_date', given['first_date'], 'no earliest day'
    ) -%}
    {%- set last_date = day_or_none('source.last_date', given['last_date'], 'no latest day') -%}
    {%- if first_date and last_date and first_date > last_date -%}
        {{ source_error('last_date', last_date, 'a day not before first_date, ' ~ first_date) }}
    {%- endif -%}
    {{ return({'first_date': first_date, 'last_date': last_date}) }}
{%- endmacro %}


{#- The usable currencies, in upper case -> the exact rate into the reporting currency, which
    itself has none; empty if no currency is named. -#}
{% macro currency_rates_setting(currency, given) -%}
    {%- set letters = '[A-Za-z][A-Za-z0-9]{0,9}' -%}
    {%- if currency is not none and not modules.re.fullmatch(letters, currency | string) -%}
        {{ source_error(
            'currency', currency, 'a code such as EUR, or null where there is only one currency'
        ) }}
    {%- endif -%}
    {%- if given is not mapping -%}
        {{ source_error('currency_rates', given, 'a mapping such as {USD: 0.92}') }}
    {%- endif -%}
    {%- if given and currency is none -%}
        {{ source_error(
            'currency', 'null', 'the currency that the currency_rates lead to, such as EUR'
        ) }}
    {%- endif -%}
    {%- set rates = {} if currency is none else {currency | upper: none} -%}
    {%- for code, rate in given.items() -%}
        {%- if not modules.re.fullmatch(letters, code | string) or code | upper in rates
            or not modules.re.fullmatch('[0-9]{1,9}([.][0-9]{1,9})?', rate | string)
            or rate | float == 0 -%}
            {{ source_error(
                'currency_rates', code ~ ': ' ~ rate,
                'another currency and what one of it is worth, above 0 and with at most nine'
                ~ ' decimals, such as USD: 0.92'
            ) }}
        {%- endif -%}
        {%- do rates.update({code | upper: rate | string}) -%}
    {%- endfor -%}
    {{ return(rates) }}
{%- endmacro %}


{#- A suggestion for an unknown name: the known name that shares the most letter pairs with it, or
    else all known names. -#}
{% macro name_meant(name, names) -%}
    {%- set best = namespace(name='', score=0.5) -%}
    {%- set own = letter_pairs(name) -%}
    {%- for other in names -%}
        {%- set others = letter_pairs(other) -%}
        {%- set shared = own | select('in', others) | list | length -%}
        {%- set score = 2 * shared / (own | length + others | length) -%}
        {%- if score > best.score -%}
            {%- set best.name = other -%}
            {%- set best.score = score -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(
        'did you mean ' ~ best.name ~ '?' if best.name
        else 'write only ' ~ names | join(', ') ~ '.'
    ) }}
{%- endmacro %}


{% macro letter_pairs(name) -%}
    {%- set text, pairs = ' ' ~ name | string | lower ~ ' ', [] -%}
    {%- for place in range(text | length - 1) -%}
        {%- do pairs.append(text[place:place + 2]) -%}
    {%- endfor -%}
    {{ return(pairs) }}
{%- endmacro %}

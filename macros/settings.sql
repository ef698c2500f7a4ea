{#- Every variable is read here, once, and checked: a value that cannot be meant ends in one
    sentence. -#}

{% macro setting_error(name, value, instead) -%}
    {{ exceptions.raise_compiler_error(
        "The variable " ~ name ~ " is '" ~ value ~ "': write " ~ instead ~ "."
    ) }}
{%- endmacro %}


{#- The variable as a whole number of at least `least`, or an error that says what to write. -#}
{% macro whole_number_setting(name, default, least, instead) -%}
    {%- set value = var(name, default) | string | trim -%}
    {%- if not modules.re.fullmatch('[0-9]{1,9}', value) or value | int < least -%}
        {{ setting_error(name, value, instead) }}
    {%- endif -%}
    {{ return(value | int) }}
{%- endmacro %}


{#- The model or seed that a variable names: this project's own seed, or one of the project that is
    run. Said with its project, for a package that finds it by chance is warned of. -#}
{% macro model_or_seed(variable) -%}
    {%- set default = 'raw_transactions' if variable == 'transactions' else variable -%}
    {%- set value = var(variable, default) | string | trim -%}
    {{ return(
        ref('customer_segmentation', default) if value == default else ref(project_name, value)
    ) }}
{%- endmacro %}


{#- The variable as true or false, which is the default. -#}
{% macro boolean_setting(name) -%}
    {%- set value = var(name, false) | string | lower -%}
    {%- if value not in ('true', 'false') -%}
        {{ setting_error(name, value, 'true or false') }}
    {%- endif -%}
    {{ return(value == 'true') }}
{%- endmacro %}


{#- The variable as a day, YYYY-MM-DD, or none where it is null. -#}
{% macro day_setting(name, instead) -%}
    {%- set value = var(name, none) -%}
    {%- if value is none -%}{{ return(none) }}{%- endif -%}
    {%- set value = value | string -%}
    {%- set day = modules.re.fullmatch('([0-9]{4})-([0-9]{2})-([0-9]{2})', value) -%}
    {%- set is_day = false -%}
    {%- if day -%}
        {%- set year, month, number = day.group(1) | int, day.group(2) | int, day.group(3) | int -%}
        {%- set leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
        {%- set lengths = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] -%}
        {%- set is_day = year >= 1 and 1 <= month <= 12 and 1 <= number <= lengths[month - 1] -%}
    {%- endif -%}
    {%- if not is_day -%}
        {{ setting_error(name, value, 'a day as YYYY-MM-DD, or null for ' ~ instead) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{#- The snapshot date, or none: the day after the last purchase. -#}
{% macro snapshot_date_setting() -%}
    {{ return(day_setting('snapshot_date', 'the day after the last purchase')) }}
{%- endmacro %}


{#- The first and the last day that lines may have, or none: no other bounds than the fixed
    ones. -#}
{% macro date_bounds_setting() -%}
    {%- set first_date = day_setting('first_date', 'no earliest day') -%}
    {%- set last_date = day_setting('last_date', 'no latest day') -%}
    {%- if first_date and last_date and first_date > last_date -%}
        {{ setting_error('last_date', last_date, 'a day not before first_date, ' ~ first_date) }}
    {%- endif -%}
    {{ return({'first_date': first_date, 'last_date': last_date}) }}
{%- endmacro %}


{#- How amounts are written, or none: plain numbers such as 1234.50. A thousands separator is the
    other one of point and comma. -#}
{% macro decimal_separator_setting() -%}
    {%- set value = var('decimal_separator', none) -%}
    {%- if value is not none and value | string not in ('.', ',') -%}
        {{ setting_error(
            'decimal_separator', value,
            "'.' for 1,234.50, ',' for 1.234,50, or null for plain numbers such as 1234.50"
        ) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{#- The currencies that can be used, in capitals -> the exact rate into the one of the variable
    `currency`, which has none; empty where no currency is named. -#}
{% macro currency_rates_setting() -%}
    {%- set currency = var('currency', none) -%}
    {%- set given = var('currency_rates', {}) or {} -%}
    {%- set letters = '[A-Za-z][A-Za-z0-9]{0,9}' -%}
    {%- if currency is not none and not modules.re.fullmatch(letters, currency | string) -%}
        {{ setting_error(
            'currency', currency, 'a code such as EUR, or null where there is only one currency'
        ) }}
    {%- endif -%}
    {%- if given is not mapping -%}
        {{ setting_error('currency_rates', given, 'a mapping such as {USD: 0.92}') }}
    {%- endif -%}
    {%- if given and currency is none -%}
        {{ setting_error(
            'currency', 'null', 'the currency that the currency_rates lead to, such as EUR'
        ) }}
    {%- endif -%}
    {%- set rates = {} if currency is none else {currency | upper: none} -%}
    {%- for code, rate in given.items() -%}
        {%- if not modules.re.fullmatch(letters, code | string) or code | upper in rates
            or not modules.re.fullmatch('[0-9]{1,9}([.][0-9]{1,9})?', rate | string)
            or rate | float == 0 -%}
            {{ setting_error(
                'currency_rates', code ~ ': ' ~ rate,
                'another currency and what one of it is worth, above 0 and with at most nine'
                ~ ' decimals, such as USD: 0.92'
            ) }}
        {%- endif -%}
        {%- do rates.update({code | upper: rate | string}) -%}
    {%- endfor -%}
    {{ return(rates) }}
{%- endmacro %}


{#- Whether the copies of a line are refused. -#}
{% macro refuse_duplicate_lines_setting() -%}
    {{ return(boolean_setting('refuse_duplicate_lines')) }}
{%- endmacro %}


{#- The length of the observation window in calendar months, or none: the whole history. -#}
{% macro observation_months_setting() -%}
    {%- if var('observation_months', 6) is none -%}{{ return(none) }}{%- endif -%}
    {{ return(whole_number_setting(
        'observation_months', 6, 1,
        'a whole number of months from 1, or null for the whole history'
    )) }}
{%- endmacro %}


{#- More segments than this nobody can serve differently, nor would a name be left for each. -#}
{% macro most_segments() -%}
    {{ return(12) }}
{%- endmacro %}


{#- The number of segments asked for, or none: chosen by evidence. -#}
{% macro segment_count_setting() -%}
    {%- if var('segment_count', 'auto') | string | lower == 'auto' -%}{{ return(none) }}{%- endif -%}
    {%- set instead = 'a whole number from 1 to ' ~ most_segments() ~ ', or auto' -%}
    {%- set count = whole_number_setting('segment_count', 'auto', 1, instead) -%}
    {%- if count > most_segments() -%}
        {{ setting_error('segment_count', count, instead) }}
    {%- endif -%}
    {{ return(count) }}
{%- endmacro %}


{#- The most customers that leave the warehouse for a fit. -#}
{% macro training_customers_setting() -%}
    {{ return(whole_number_setting(
        'training_customers', 100000, 100, 'a whole number from 100'
    )) }}
{%- endmacro %}


{#- Whether a refit is asked for. -#}
{% macro refit_setting() -%}
    {{ return(boolean_setting('refit')) }}
{%- endmacro %}


{#- The age in days at which a model is fitted again, or none: never. -#}
{% macro refit_after_days_setting() -%}
    {%- if var('refit_after_days', 90) is none -%}{{ return(none) }}{%- endif -%}
    {{ return(whole_number_setting(
        'refit_after_days', 90, 1, 'a whole number of days from 1, or null for never'
    )) }}
{%- endmacro %}


{#- The model version to score with whatever was fitted since, or none: the newest accepted
    one. -#}
{% macro model_version_setting() -%}
    {%- if var('model_version', none) is none -%}{{ return(none) }}{%- endif -%}
    {{ return(whole_number_setting(
        'model_version', none, 1,
        'the number of a version in segment_models, or null for the newest accepted one'
    )) }}
{%- endmacro %}


{#- The settings that define a model: a model fitted under others is not comparable. -#}
{% macro model_settings() -%}
    {{ return(
        'observation_months=' ~ (observation_months_setting() or 'all')
        ~ ', segment_count=' ~ (segment_count_setting() or 'auto')
        ~ ', training_customers=' ~ training_customers_setting()
    ) }}
{%- endmacro %}


{#- The DuckDB file that readers open, relative to the folder of the warehouse, or none. -#}
{% macro published_file_setting() -%}
    {%- set value = var('published_file', 'published.duckdb') -%}
    {%- if value is none -%}{{ return(none) }}{%- endif -%}
    {%- set name = (value | string).split('/') | last -%}
    {%- if not modules.re.fullmatch('.*[^.].*[.](duckdb|db)', name)
        or name == (target.get('path', '') | string).split('/') | last -%}
        {{ setting_error(
            'published_file', value,
            'a path that ends in .duckdb and is not the warehouse, or null to publish nothing'
        ) }}
    {%- endif -%}
    {{ return(value | string) }}
{%- endmacro %}


{#- The link to the folder of published Parquet files, relative to the folder of the warehouse, or
    none. -#}
{% macro published_parquet_setting() -%}
    {%- set value = var('published_parquet', none) -%}
    {%- if value is none -%}{{ return(none) }}{%- endif -%}
    {%- if not modules.re.fullmatch('[^.].*[^/.]', value | string) -%}
        {{ setting_error('published_parquet', value, 'the path of a folder, or null for none') }}
    {%- endif -%}
    {{ return(value | string) }}
{%- endmacro %}


{#- Whether readers see keyed hashes in place of customer ids. -#}
{% macro hash_customer_ids_setting() -%}
    {{ return(boolean_setting('hash_customer_ids')) }}
{%- endmacro %}


{#- Folders that DuckDB may reach beside those of the warehouse, the published and the named
    files: what a view over files needs, say. -#}
{% macro allowed_directories_setting() -%}
    {%- set value = var('allowed_directories', []) -%}
    {%- if value is string or value is not iterable or value is mapping -%}
        {{ setting_error('allowed_directories', value, 'a list of folders, as [/data/shop]') }}
    {%- endif -%}
    {{ return(value | map('string') | list) }}
{%- endmacro %}

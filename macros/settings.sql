{#- Every variable is read here, once, and checked: a value that cannot be meant ends in one sentence. -#}

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


{#- The snapshot date as YYYY-MM-DD, or none: the day after the last purchase. -#}
{% macro snapshot_date_setting() -%}
    {%- set value = var('snapshot_date', none) -%}
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
        {{ setting_error(
            'snapshot_date', value, 'a day as YYYY-MM-DD, or null for the day after the last purchase'
        ) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{#- The length of the observation window in calendar months, or none: the whole history. -#}
{% macro observation_months_setting() -%}
    {%- if var('observation_months', 6) is none -%}{{ return(none) }}{%- endif -%}
    {{ return(whole_number_setting(
        'observation_months', 6, 1, 'a whole number of months from 1, or null for the whole history'
    )) }}
{%- endmacro %}


{#- The number of segments asked for, or none: chosen by evidence. -#}
{% macro segment_count_setting() -%}
    {%- if var('segment_count', 'auto') | string | lower == 'auto' -%}{{ return(none) }}{%- endif -%}
    {%- set instead = 'a whole number from 1 to 20, or auto' -%}
    {%- set count = whole_number_setting('segment_count', 'auto', 1, instead) -%}
    {%- if count > 20 -%}{{ setting_error('segment_count', count, instead) }}{%- endif -%}
    {{ return(count) }}
{%- endmacro %}


{#- The most customers that leave the warehouse for a fit. -#}
{% macro training_customers_setting() -%}
    {{ return(whole_number_setting(
        'training_customers', 100000, 100, 'a whole number from 100'
    )) }}
{%- endmacro %}

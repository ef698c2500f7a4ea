{#- Every variable except `source` (source.sql) is read and checked here, once. An invalid value
    stops the build with one sentence. -#}

{% macro setting_error(name, value, instead) -%}
    {{ exceptions.raise_compiler_error(
        "The variable " ~ name ~ " is '" ~ value ~ "': write " ~ instead ~ "."
    ) }}
{%- endmacro %}


{#- The variable as a whole number of at least `least`, or an error that says what to set. -#}
{% macro whole_number_setting(name, default, least, instead) -%}
    {%- set value = var(name, default) | string | trim -%}
    {%- if not modules.re.fullmatch('[0-9]{1,9}', value) or value | int < least -%}
        {{ setting_error(name, value, instead) }}
    {%- endif -%}
    {{ return(value | int) }}
{%- endmacro %}


{#- The model or seed that a variable names: this project's own seed, or one of the project being
    run. The ref names that project, because dbt warns if a package finds a model by chance. -#}
{% macro model_or_seed(variable) -%}
    {{ return(model_named(var(variable, variable) | string | trim, variable)) }}
{%- endmacro %}

{% macro model_named(value, default) -%}
    {{ return(
        ref('customer_segmentation', default) if value == default else ref(project_name, value)
    ) }}
{%- endmacro %}


{#- All variables. `build_day` is only for this project's tests. -#}
{% macro names_of_variables() -%}
    {{ return([
        'source', 'snapshot_date', 'observation_months', 'segment_count', 'training_customers',
        'outlook_days', 'refit', 'refit_after_days', 'accept_model', 'control_share', 'check_thresholds',
        'segment_overrides', 'customer_merges', 'segment_prototypes', 'customer_attributes',
        'product_attributes', 'published_file', 'published_parquet', 'replace_published',
        'hash_customer_ids', 'allowed_directories', 'forget_history', 'build_day'
    ]) }}
{%- endmacro %}


{#- Variables of earlier versions -> what replaced them. -#}
{% macro names_of_old_variables() -%}
    {{ return({
        'transactions': 'source: {lines: ...}',
        'transaction_columns': 'source: {columns: ...}',
        'decimal_separator': 'source: {decimal_separator: ...}',
        'currency': 'source: {currency: ...}',
        'currency_rates': 'source: {currency_rates: ...}',
        'first_date': 'source: {first_date: ...}',
        'last_date': 'source: {last_date: ...}',
        'refuse_duplicate_lines': 'source: {duplicate_lines: reject}',
        'model_version': 'accept_model: and the number of the version, once',
    }) }}
{%- endmacro %}


{#- Stops a build on a variable that nothing reads, which dbt itself ignores. A project that
    installs this one may have such variables, so there it only warns. Old names are found wherever
    they are set; unknown ones on the command line and, on DuckDB, which can read the file, in
    dbt_project.yml. An on-run-start hook, or in another project a pre-hook of the first model: it
    changes no data. -#}
{% macro check_names_of_variables(of_host) -%}
    {%- set is_own = project_name == 'customer_segmentation' -%}
    {%- if not execute or is_own == of_host -%}{{ return('') }}{%- endif -%}
    {%- set names, old = names_of_variables(), names_of_old_variables() -%}
    {%- set set_here = (invocation_args_dict.get('vars') or {}).keys() | list -%}
    {%- set set_here = set_here + variables_in_project_file() -%}
    {%- for name in old if var(name, none) is not none and name not in set_here -%}
        {%- do set_here.append(name) -%}
    {%- endfor -%}
    {%- for name in set_here | unique if name not in names -%}
        {%- set sentence = "The variable '" ~ name ~ "' "
            ~ ('has moved: write ' ~ old[name] ~ '.' if name in old
            else 'is unknown: ' ~ name_meant(name, names)) -%}
        {%- if is_own -%}{{ exceptions.raise_compiler_error(sentence) }}{%- endif -%}
        {%- if name in old or 'did you mean' in sentence -%}
            {%- do exceptions.warn('Package customer_segmentation: ' ~ sentence) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- The variables of this project that dbt_project.yml sets. -#}
{% macro variables_in_project_file() -%}
    {%- set root = invocation_args_dict.get('project_dir') or '.' -%}
    {#- In a process kept by an orchestrator, access to the folder may be closed already. -#}
    {%- if target.type != 'duckdb' or run_query(
        "select current_setting('enable_external_access')"
    ).rows[0][0] | string | lower != 'true' -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set files = run_query(
        "select content from read_text('" ~ (root ~ '/dbt_project.yml') | replace("'", "''") ~ "')"
    ).columns[0].values() -%}
    {%- set variables = (fromyaml(files[0]) or {}).get('vars') or {} if files else {} -%}
    {%- set names = variables.get('customer_segmentation', {}).keys() | list -%}
    {%- if project_name == 'customer_segmentation' -%}
        {%- for name, value in variables.items() if name != 'customer_segmentation' -%}
            {%- do names.append(name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names) }}
{%- endmacro %}


{#- The variable as true or false; false by default. -#}
{% macro boolean_setting(name) -%}
    {%- set value = var(name, false) | string | lower -%}
    {%- if value not in ('true', 'false') -%}
        {{ setting_error(name, value, 'true or false') }}
    {%- endif -%}
    {{ return(value == 'true') }}
{%- endmacro %}


{#- The value of a variable as a day, YYYY-MM-DD, or none if it is null. -#}
{% macro day_or_none(name, value, instead) -%}
    {%- if value is none -%}{{ return(none) }}{%- endif -%}
    {%- set value = value | string -%}
    {%- set is_day = false -%}
    {%- if modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', value) -%}
        {%- set year, month, number = value.split('-') | map('int') -%}
        {%- set leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
        {%- set lengths = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] -%}
        {%- set is_day = year >= 1 and 1 <= month <= 12 and 1 <= number <= lengths[month - 1] -%}
    {%- endif -%}
    {%- if not is_day -%}
        {{ setting_error(name, value, 'a day as YYYY-MM-DD, or null for ' ~ instead) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{#- The snapshot date, or none for the day after the last purchase. -#}
{% macro snapshot_date_setting() -%}
    {{ return(day_or_none(
        'snapshot_date', var('snapshot_date', none), 'the day after the last purchase'
    )) }}
{%- endmacro %}


{#- The length of the observation window in calendar months, or none for the whole history. -#}
{% macro observation_months_setting() -%}
    {%- if var('observation_months', 6) is none -%}{{ return(none) }}{%- endif -%}
    {{ return(whole_number_setting(
        'observation_months', 6, 1,
        'a whole number of months from 1, or null for the whole history'
    )) }}
{%- endmacro %}


{#- Nobody can treat more segments than this differently, and there would not be enough names. -#}
{% macro most_segments() -%}
    {{ return(12) }}
{%- endmacro %}


{#- The number of segments, or none if the data decide. -#}
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


{#- How many days the outlook of a new model version looks ahead. Not among the model's settings: a
    change waits for the next fit. -#}
{% macro outlook_days_setting() -%}
    {{ return(whole_number_setting(
        'outlook_days', 90, 1, 'a whole number of days from 1'
    )) }}
{%- endmacro %}


{#- The age in days at which a refit is due, or none for never. -#}
{% macro refit_after_days_setting() -%}
    {%- if var('refit_after_days', 90) is none -%}{{ return(none) }}{%- endif -%}
    {{ return(whole_number_setting(
        'refit_after_days', 90, 1, 'a whole number of days from 1, or null for never'
    )) }}
{%- endmacro %}


{#- The decision of a person to score with a model version, whatever the gate said: its version,
    and by whom and why (none if not said). None if nothing is decided in this refresh. -#}
{% macro accept_model_setting() -%}
    {%- set value = var('accept_model', none) -%}
    {%- if value is none -%}{{ return(none) }}{%- endif -%}
    {%- set decision = value if value is mapping else {'version': value} -%}
    {%- set version = decision.get('version') | string | trim -%}
    {%- if not modules.re.fullmatch('[1-9][0-9]{0,8}', version)
        or decision.keys() | reject('in', ['version', 'by', 'reason']) | list -%}
        {{ setting_error(
            'accept_model', value,
            'the number of a version in segment_models, or {version: 2, by: Ann, reason: new range}'
        ) }}
    {%- endif -%}
    {{ return({
        'version': version | int, 'by': decision.get('by'), 'reason': decision.get('reason')
    }) }}
{%- endmacro %}


{#- The share of customers in the control group, 0 for none. -#}
{% macro control_share_setting() -%}
    {%- set value = var('control_share', 0) | string | trim -%}
    {%- if not modules.re.fullmatch('0?[.]?[0-9]{1,6}', value) or value | float > 0.5 -%}
        {{ setting_error('control_share', value, 'a share from 0 (no control group) to 0.5, such as 0.1') }}
    {%- endif -%}
    {{ return(value | float) }}
{%- endmacro %}


{#- The settings that define a model: models fitted under different settings are not
    comparable. -#}
{% macro model_settings() -%}
    {{ return(
        'observation_months=' ~ (observation_months_setting() or 'all')
        ~ ', segment_count=' ~ (segment_count_setting() or 'auto')
        ~ ', training_customers=' ~ training_customers_setting()
    ) }}
{%- endmacro %}


{#- The DuckDB file that readers open, relative to the warehouse's folder; auto, or none. -#}
{% macro published_file_setting() -%}
    {%- set value = var('published_file', 'auto') -%}
    {%- if value is none or value == 'auto' -%}{{ return(value) }}{%- endif -%}
    {%- set name = (value | string).split('/') | last -%}
    {%- if not modules.re.fullmatch('.*[^.].*[.](duckdb|db)', name)
        or name == (target.get('path', '') | string).split('/') | last -%}
        {{ setting_error(
            'published_file', value,
            'a path that ends in .duckdb and is not the warehouse, auto, or null to publish nothing'
        ) }}
    {%- endif -%}
    {{ return(value | string) }}
{%- endmacro %}


{#- The link to the folder of published Parquet files, relative to the warehouse's folder, or
    none. -#}
{% macro published_parquet_setting() -%}
    {%- set value = var('published_parquet', none) -%}
    {%- if value is none -%}{{ return(none) }}{%- endif -%}
    {%- if not modules.re.fullmatch('[^.].*[^/.]', value | string) -%}
        {{ setting_error('published_parquet', value, 'the path of a folder, or null for none') }}
    {%- endif -%}
    {{ return(value | string) }}
{%- endmacro %}


{#- Folders that DuckDB may access besides those of the warehouse, the published files and the
    files named in variables, for example for a view over files. -#}
{% macro allowed_directories_setting() -%}
    {%- set value = var('allowed_directories', []) -%}
    {%- if value is string or value is not iterable or value is mapping -%}
        {{ setting_error('allowed_directories', value, 'a list of folders, as [/data/shop]') }}
    {%- endif -%}
    {{ return(value | map('string') | list) }}
{%- endmacro %}

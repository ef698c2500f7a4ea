{#- How lines are read from a table or from files, and into which partitions they fall. -#}

{#- The extension of a file name. -#}
{% macro file_ending() -%}
    {{ return('[.]((csv|tsv|txt)([.]gz)?|parquet)$') }}
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

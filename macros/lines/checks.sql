{#- Mistakes in the settings and the columns of the source, each told in one sentence. -#}

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
    {{ ask_for_time_zone(source) }}
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


{#- Warns if texts of times have an offset and nobody named the zone in which they become days. Only
    the first lines are read. A column of times has no offset but the one that a machine shows it
    with. -#}
{% macro ask_for_time_zone(source) -%}
    {%- set given = var('source', {}) or {} -%}
    {%- if 'time_zone' in given or source['time_zone'] != 'UTC' -%}{{ return('') }}{%- endif -%}
    {%- set column = source['inputs'] | selectattr('alias', 'equalto', source['purchased_at'])
        | map(attribute='column') | first -%}
    {%- set lines = ' from ' ~ transactions_source(source) ~ ' as source_lines' -%}
    {%- set shown = get_column_schema_from_query(
        'select ' ~ quoted_column(column) ~ lines ~ ' where 1 = 0'
    ) | first -%}
    {%- if 'time' in shown.dtype | lower -%}{{ return('') }}{%- endif -%}
    {%- set examples = run_query(
        'select min(purchased_at) from (select ' ~ as_text(quoted_column(column))
        ~ ' as purchased_at' ~ lines ~ ' limit 1000) as first_lines where '
        ~ matches('purchased_at', ':[0-9.]+ ?[+-](0[1-9]|1[0-9]):?[0-9]{2}$')
    ).columns[0].values() -%}
    {%- if examples[0] -%}
        {%- do exceptions.warn(
            'Times in ' ~ column ~ ' of ' ~ source['lines'] ~ ' have an offset, such as ' ~ examples[0]
            ~ ', and become days of UTC: set time_zone in source to your zone, such as Europe/Berlin, to'
            ~ ' as_written for the day in the text, or to UTC.'
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- Stops a build if a column to be read is missing from the source, or from one of its files. -#}
{% macro check_columns(source, place, present) -%}
    {%- set folded = present | map('lower') | list -%}
    {%- if lines_are_in_files(source) and present | length == 1
        and columns_read(source) | length > 1 -%}
        {{ exceptions.raise_compiler_error(
            ('The file ' ~ place ~ ' is empty: remove it, or have it delivered again.')
            if present[0] == 'column0' else (
                'The header of ' ~ place ~ ' is one column (' ~ present[0] ~ '): remove titles above it'
                ~ ' and notes below the lines, which have other columns than the lines.'
            )
        ) }}
    {%- endif -%}
    {%- for input in source['inputs'] if input.column | lower not in folded -%}
        {%- set role = input.key.replace('columns.', '') -%}
        {{ exceptions.raise_compiler_error(
            "The column '" ~ input.column ~ "' for " ~ role ~ ' is not in ' ~ place
            ~ ': write one of its columns (' ~ present | join(', ')
            ~ ') in the variable source.' ~ input.key ~ '.'
        ) }}
    {%- endfor -%}
    {#- DuckDB gives the second of two columns with one name the name and _1. -#}
    {%- for input in source['inputs']
        if input.column | lower ~ '_1' in folded and lines_are_in_files(source) -%}
        {%- do exceptions.warn(
            place ~ ' seems to have several columns ' ~ input.column ~ ', of which source.' ~ input.key
            ~ ' reads the first: if you mean the second, write ' ~ input.column ~ '_1.'
        ) -%}
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

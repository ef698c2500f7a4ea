{#- The conditions for a refresh to count and to be published. -#}

{#- Whether the refresh being built fits no model. Then the Python model has nothing to do, and an
    engine that runs no Python may leave it out. -#}
{% macro nothing_is_fitted() -%}
    {{ return(run_query(
        'select count(*) from (' ~ earlier_rows('int_current_refresh', {'refit_reason': 'string'})
        ~ ') as refresh where refit_reason is not null'
    ).rows[0][0] == 0) }}
{%- endmacro %}


{#- Why this command did not test the whole refresh, or nothing if it did. -#}
{% macro left_out_of_this_build() -%}
    {%- if flags.EMPTY -%}{{ return('its tables are empty') }}{%- endif -%}
    {#- A retry selects only what failed before, so check the command that it continues. -#}
    {%- set arguments = invocation_args_dict -%}
    {%- set is_retry = arguments.get('invocation_command', '').split(' ')[1:2] == ['retry'] -%}
    {%- set retries_all = is_retry and arguments.get('which') == 'build'
        and not arguments.get('select') and not arguments.get('exclude')
        and not arguments.get('resource_types')
        and 'test' not in (arguments.get('exclude_resource_types') or []) -%}
    {%- if retries_all -%}{{ return('') }}{%- endif -%}
    {%- set fit = 'model.customer_segmentation.int_customers_clustered' -%}
    {%- set spared = fit if fit not in selected_resources and nothing_is_fitted() else none -%}
    {%- set missing = [] -%}
    {%- for node in graph.nodes.values()
        if node.package_name == 'customer_segmentation' and node.config.enabled
        and node.unique_id not in selected_resources
        and node.unique_id != spared and node.depends_on.nodes != [spared]
        and (
            node.resource_type == 'model'
            or (node.resource_type == 'test' and node.config.severity | lower == 'error')
        )
        and 'model.customer_segmentation.completed_refreshes' not in node.depends_on.nodes -%}
        {%- do missing.append(node.name) -%}
    {%- endfor -%}
    {{ return(
        missing | length ~ ' of its models and tests were left out, ' ~ missing[0] ~ ' among them'
        if missing else ''
    ) }}
{%- endmacro %}


{#- Stops a refresh from completing if it was not tested as a whole. A pre-hook of
    completed_refreshes: it changes no data. A refresh that is recorded already, as in a partial
    rebuild after it, needs no second check. -#}
{% macro check_refresh_is_whole() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set recorded = run_query(
        'select count(*) from ('
        ~ earlier_rows('completed_refreshes', {'refresh_number': 'bigint'}) ~ ') as completed'
        ~ ' inner join ' ~ ref('int_current_refresh') ~ ' as refresh'
        ~ ' on completed.refresh_number = refresh.refresh_number'
    ).rows[0][0] > 0 -%}
    {%- set left_out = '' if recorded else left_out_of_this_build() -%}
    {%- if left_out -%}
        {{ exceptions.raise_compiler_error(
            'This refresh is not recorded, and the next one will not build on it: ' ~ left_out
            ~ '. Run dbt build without --empty, --select and --exclude.'
        ) }}
    {%- endif -%}
{%- endmacro %}


{#- Stops tables from being published if this build did not test them as a whole. A recorded
    refresh does not prove it, because its tables may have been rebuilt since. A pre-hook of
    published_tables: it changes no data. -#}
{% macro check_publication() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- do published_file_setting() -%}
    {%- do published_parquet_setting() -%}
    {%- do replace_published_setting() -%}
    {%- do hash_customer_ids_setting() -%}
    {%- set left_out = left_out_of_this_build() -%}
    {%- if left_out -%}
        {{ exceptions.raise_compiler_error(
            'The published file stays as it was: ' ~ left_out
            ~ '. Run dbt build without --empty, --select and --exclude, or leave the file alone'
            ~ ' with --exclude completed_refreshes+.'
        ) }}
    {%- endif -%}
{%- endmacro %}


{#- Restricts DuckDB to the folders it needs, so that no value, file or query of this run reads or
    writes elsewhere, loads an extension or lifts the restriction. An on-run-start hook of this
    project alone: a project that installs it as a package decides for itself. -#}
{% macro limit_access() -%}
    {%- if execute and target.type == 'duckdb' and project_name == 'customer_segmentation' -%}
        {%- set locked = run_query(
            "select current_setting('lock_configuration')"
        ).rows[0][0] | string | lower == 'true' -%}
        {#- In a process kept by an orchestrator, it may be restricted already. -#}
        {%- if not locked -%}
            {%- set folders = [] -%}
            {%- for path in accessible_paths() -%}
                {%- do folders.append("'" ~ (folder_of(path) | replace("'", "''")) ~ "'") -%}
            {%- endfor -%}
            {%- do run_query('set allowed_directories = [' ~ folders | join(', ') ~ ']') -%}
            {%- do run_query('set enable_external_access = false') -%}
            {%- do run_query('set lock_configuration = true') -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- The folder of a path; for a glob, the one above the first wildcard. -#}
{% macro folder_of(path) -%}
    {%- set fixed = modules.re.split('[*?\\[]', path)[0] -%}
    {{ return(fixed.rpartition('/')[0] ~ '/' if '/' in fixed else './') }}
{%- endmacro %}


{#- The paths this project reads and writes outside the warehouse's folder. -#}
{% macro accessible_paths() -%}
    {%- set warehouse = run_query(
        'select path from duckdb_databases() where database_name = current_database()'
    ).rows[0][0] or '' -%}
    {%- set paths = [warehouse] -%}
    {%- for path in [published_file_setting(), published_parquet_setting()]
        if path and path != 'auto' -%}
        {%- do paths.append(path if path.startswith('/') else folder_of(warehouse) ~ path) -%}
    {%- endfor -%}
    {%- set source = source_settings() -%}
    {%- if lines_are_in_files(source) -%}{%- do paths.append(source['lines']) -%}{%- endif -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'seed' -%}
        {%- do paths.append(node.root_path ~ '/' ~ node.original_file_path) -%}
    {%- endfor -%}
    {%- for path in allowed_directories_setting() -%}{%- do paths.append(path ~ '/') -%}{%- endfor -%}
    {{ return(paths | unique | list) }}
{%- endmacro %}

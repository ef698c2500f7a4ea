{#- What a refresh must have been through before it counts and before readers see it. -#}

{#- Whether the refresh that is being built fits no model: then the Python model has nothing to do,
    and an engine that runs no Python may leave it out. -#}
{% macro nothing_is_fitted() -%}
    {{ return(run_query(
        'select count(*) from ' ~ ref('int_current_refresh') ~ ' where refit_reason is not null'
    ).rows[0][0] == 0) }}
{%- endmacro %}


{#- Why this command did not test the refresh as a whole, or nothing if it did. -#}
{% macro left_out_of_this_build() -%}
    {%- if flags.EMPTY -%}{{ return('its tables are empty') }}{%- endif -%}
    {#- A retry selects only what failed before: what counts is the command it carries on. -#}
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


{#- Refuses to call a refresh complete that was not tested as a whole. A pre-hook of
    completed_refreshes: it looks, it changes nothing. A refresh that is recorded already, as in a
    partial rebuild after it, needs no second proof. -#}
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


{#- Refuses to publish tables that this build did not test as a whole: a recorded refresh is no
    proof, for its tables may have been rebuilt since. A pre-hook of published_tables: it looks, it
    changes nothing. -#}
{% macro check_publication() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set file = published_file_setting() -%}
    {%- do published_parquet_setting() -%}
    {%- do hash_customer_ids_setting() -%}
    {%- set left_out = left_out_of_this_build() -%}
    {%- if left_out -%}
        {{ exceptions.raise_compiler_error(
            'The published file ' ~ file ~ ' stays as it was: ' ~ left_out
            ~ '. Run dbt build without --empty, --select and --exclude, or leave the file alone'
            ~ ' with --exclude completed_refreshes+.'
        ) }}
    {%- endif -%}
{%- endmacro %}


{#- Keeps DuckDB to the folders it needs, so that no value, file or query of this run reads or
    writes elsewhere, loads an extension or lifts the limits. An on-run-start of this project alone:
    a project that installs it as a package sets its own. -#}
{% macro limit_access() -%}
    {%- if execute and target.type == 'duckdb' and project_name == 'customer_segmentation' -%}
        {%- set locked = run_query(
            "select current_setting('lock_configuration')"
        ).rows[0][0] | string | lower == 'true' -%}
        {#- An orchestrator that keeps the process has limited it already. -#}
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


{#- The folder a path lies in; of a glob, the one above the first wildcard. -#}
{% macro folder_of(path) -%}
    {%- set fixed = modules.re.split('[*?\\[]', path)[0] -%}
    {{ return(fixed.rpartition('/')[0] ~ '/' if '/' in fixed else './') }}
{%- endmacro %}


{#- What this project reads and writes beside the warehouse's own folder. -#}
{% macro accessible_paths() -%}
    {%- set warehouse = run_query(
        'select path from duckdb_databases() where database_name = current_database()'
    ).rows[0][0] or '' -%}
    {%- set paths = [warehouse] -%}
    {%- for path in [published_file_setting(), published_parquet_setting()] if path -%}
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

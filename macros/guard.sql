{#- The conditions for a refresh to count and to be published. -#}

{#- Whether there is such a row of the refresh being built, the newest in int_refreshes. -#}
{% macro current_refresh_has(table, columns, condition) -%}
    {%- set started = earlier_rows('int_refreshes', {'refresh_number': 'bigint'}) -%}
    {{ return(run_query(
        'select count(*) from (' ~ earlier_rows(table, columns) ~ ') as written where ' ~ condition
        ~ ' and refresh_number = (select max(refresh_number) from (' ~ started ~ ') as started)'
    ).rows[0][0] > 0) }}
{%- endmacro %}


{#- Whether the refresh being built fits no model. Then the Python model has nothing to do, and an
    engine that runs no Python may leave it out. -#}
{% macro nothing_is_fitted() -%}
    {%- set columns = {'refresh_number': 'bigint', 'refit_reason': 'string'} -%}
    {{ return(not current_refresh_has('int_refreshes', columns, 'refit_reason is not null')) }}
{%- endmacro %}


{#- What this command leaves out of a refresh: the models that completed_refreshes comes after, which
    are all but `later` (the fit only if `fits`), and their tests that can fail a build. `runs_tests`
    says whether it runs any of these tests. -#}
{% macro left_out_of_this_build(fits) -%}
    {%- set package = 'model.customer_segmentation.' -%}
    {%- set later, fit = [], package ~ 'int_customers_clustered' -%}
    {%- for name in ['completed_refreshes', 'published_tables', 'int_days'] -%}
        {%- do later.append(package ~ name) -%}
    {%- endfor -%}
    {%- set models, tests, run = [], [], [] -%}
    {%- for node in graph.nodes.values() if node.package_name == 'customer_segmentation' -%}
        {%- set id = node.unique_id -%}
        {%- if node.resource_type == 'model' and id not in selected_resources
            and id not in later and (fits or id != fit) -%}
            {%- do models.append(node.name) -%}
        {%- elif node.resource_type == 'test'
            and node.config.enabled and node.config.severity | lower == 'error'
            and node.depends_on.nodes | select('in', later) | list == []
            and (fits or node.depends_on.nodes != [fit]) -%}
            {%- do (run if id in selected_resources else tests).append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- A retry selects only what failed before, so look at the command that it continues. -#}
    {%- set arguments = invocation_args_dict -%}
    {%- if arguments.get('invocation_command', '').split(' ')[1:2] == ['retry']
        and (arguments.get('select') or []) | reject('in', selections_of_everything()) | list == []
        and not arguments.get('selector') and not arguments.get('exclude')
        and not arguments.get('resource_types')
        and 'test' not in (arguments.get('exclude_resource_types') or []) -%}
        {%- set models = [] -%}
        {%- if arguments.get('which') == 'build' -%}
            {%- set tests, run = [], ['all'] -%}
        {%- endif -%}
    {%- endif -%}
    {{ return({'models': models, 'tests': tests, 'runs_tests': run != []}) }}
{%- endmacro %}


{#- Selections that hold all of this project, whatever else they hold. -#}
{% macro selections_of_everything() -%}
    {{ return(['package:customer_segmentation', '+package:customer_segmentation', 'fqn:*']) }}
{%- endmacro %}


{#- Why a refresh cannot count, as a part of a sentence, or nothing. -#}
{% macro what_was_left_out(names) -%}
    {%- if flags.EMPTY -%}{{ return('its tables would be empty') }}{%- endif -%}
    {{ return(
        names | length ~ ' of its models and tests were left out, ' ~ names[0] ~ ' among them'
        if names else ''
    ) }}
{%- endmacro %}


{#- What to do about it. -#}
{% macro how_to_select_everything() -%}
    {{ return(
        ' Run dbt build without --empty, --select and --exclude, or with'
        ~ ' --select +package:customer_segmentation. To build parts that do not count, add'
        ~ ' --exclude completed_refreshes+.'
    ) }}
{%- endmacro %}


{#- Stops a command that would begin a refresh and cannot complete it, before it changes anything,
    unless it leaves completed_refreshes out by name. A command without any test, such as dbt run,
    may begin one: it counts once it is tested. A pre-hook of the models that a refresh begins
    with: it changes no data. -#}
{% macro check_selection() -%}
    {%- set excluded = (invocation_args_dict.get('exclude') or []) | join(' ') -%}
    {%- if execute and 'completed_refreshes' not in excluded
        and 'model.customer_segmentation.int_refreshes' in selected_resources -%}
        {%- set missing = left_out_of_this_build(false) -%}
        {%- set tests = missing.tests if missing.runs_tests or missing.models else [] -%}
        {%- set left_out = what_was_left_out(missing.models + tests) -%}
        {%- if left_out -%}
            {{ exceptions.raise_compiler_error(
                'No refresh was begun, because it could not count: ' ~ left_out ~ '.'
                ~ how_to_select_everything()
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- One sentence for a seed or model of the project being run that is read here and not built yet. A
    pre-hook of the models in staging: it changes no data. -#}
{% macro check_inputs_are_built() -%}
    {%- for id in model.depends_on.nodes if execute and id in graph.nodes -%}
        {%- set node = graph.nodes[id] -%}
        {%- if node.config.materialized != 'ephemeral'
            and not adapter.get_relation(node.database, node.schema, node.alias) -%}
            {{ exceptions.raise_compiler_error(
                'The ' ~ node.resource_type ~ ' ' ~ node.name ~ ' is not built yet. Run dbt build, or'
                ~ ' select +package:customer_segmentation: the + builds what it reads.'
            ) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- Whether completed_refreshes has the current refresh: as one that was built (`is null`) or that
    passed every test (`is not null`). -#}
{% macro current_refresh_is_recorded(completed_at) -%}
    {%- set columns = {'refresh_number': 'bigint', 'completed_at': 'timestamp'} -%}
    {{ return(current_refresh_has('completed_refreshes', columns, 'completed_at ' ~ completed_at)) }}
{%- endmacro %}


{#- Whether this command tests the whole refresh, or one did before, as in a partial rebuild after
    it. -#}
{% macro refresh_is_tested() -%}
    {{ return(
        not execute or flags.WHICH not in ('build', 'run', 'retry')
        or left_out_of_this_build(false).tests == []
        or current_refresh_is_recorded('is not null')
    ) }}
{%- endmacro %}


{#- Stops a refresh from being recorded if it was not built as a whole, or only some of its tests
    are run, and says so if none are. A pre-hook of completed_refreshes: it changes no data. A
    refresh that is recorded already needs no second check. -#}
{% macro check_refresh_is_whole() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set missing = left_out_of_this_build(true) -%}
    {#- The everyday build needs no query to be sure. -#}
    {%- if missing.runs_tests and what_was_left_out(missing.models + missing.tests) == ''
        or current_refresh_is_recorded('is not null') -%}
        {{ return('') }}
    {%- elif nothing_is_fitted() -%}
        {%- set missing = left_out_of_this_build(false) -%}
    {%- endif -%}
    {%- set models = [] if current_refresh_is_recorded('is null') else missing.models -%}
    {%- set tests = missing.tests if missing.runs_tests or models else [] -%}
    {%- set left_out = what_was_left_out(models + tests) -%}
    {%- if left_out -%}
        {{ exceptions.raise_compiler_error(
            'This refresh is not recorded, and the next one will not build on it: ' ~ left_out ~ '.'
            ~ how_to_select_everything()
        ) }}
    {%- elif not missing.runs_tests -%}
        {%- do exceptions.warn(
            'This refresh is built and not tested. It does not count, and nothing is published,'
            ~ ' until dbt build --select package:customer_segmentation,resource_type:test'
            ~ ' completed_refreshes+ has tested it.'
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- Stops tables from being published if this command did not test them as a whole. A recorded
    refresh does not prove it, because its tables may have been rebuilt since. After a command
    without tests the model itself leaves the file alone. A pre-hook of published_tables: it changes
    no data, and runs no query, because the transaction that a query begins does not see the table
    that Python writes. -#}
{% macro check_publication() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- do published_file_setting() -%}
    {%- do published_parquet_setting() -%}
    {%- do boolean_setting('replace_published') -%}
    {%- do boolean_setting('hash_customer_ids') -%}
    {%- set missing = left_out_of_this_build(false) -%}
    {#- If the refresh has just been recorded, its models were built before. -#}
    {%- set is_recorded = 'model.customer_segmentation.completed_refreshes' in selected_resources -%}
    {%- set tests = missing.tests if missing.runs_tests or missing.models else [] -%}
    {%- set left_out = what_was_left_out((missing.models if not is_recorded else []) + tests) -%}
    {%- if left_out -%}
        {{ exceptions.raise_compiler_error(
            'The published file stays as it was: ' ~ left_out ~ '.' ~ how_to_select_everything()
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

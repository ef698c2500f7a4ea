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
    {#- A retry selects only what failed before: what counts is the command it carries on. -#}
    {%- set arguments = invocation_args_dict -%}
    {%- set is_retry = arguments.get('invocation_command', '').split(' ')[1:2] == ['retry'] -%}
    {%- set retries_all = is_retry and arguments.get('which') == 'build'
        and not arguments.get('select') and not arguments.get('exclude')
        and not arguments.get('resource_types')
        and 'test' not in (arguments.get('exclude_resource_types') or []) -%}
    {%- set missing = [] -%}
    {%- for node in graph.nodes.values()
        if node.package_name == 'customer_segmentation' and node.config.enabled
        and node.unique_id not in selected_resources
        and (
            node.resource_type == 'model'
            or (node.resource_type == 'test' and node.config.severity | lower == 'error')
        )
        and 'model.customer_segmentation.completed_refreshes' not in node.depends_on.nodes -%}
        {%- do missing.append(node.name) -%}
    {%- endfor -%}
    {%- if not recorded and (flags.EMPTY or (missing and not retries_all)) -%}
        {{ exceptions.raise_compiler_error(
            'This refresh is not recorded, and the next one will not build on it: '
            ~ (
                'its tables are empty' if flags.EMPTY
                else missing | length ~ ' of its models and tests were left out, '
                ~ missing[0] ~ ' among them'
            )
            ~ '. Run dbt build without --empty, --select and --exclude.'
        ) }}
    {%- endif -%}
{%- endmacro %}

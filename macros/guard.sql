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
    {%- set command = invocation_args_dict.get('invocation_command', '') -%}
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
    {%- if not recorded and (flags.EMPTY or (missing and command.split(' ')[1:2] != ['retry'])) -%}
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

{#- The rules of a table, all in its yml: the constraints of its contract, which not every engine
    enforces, and in its meta `every_row`, conditions that every row meets, and `keys`, columns, or
    several with commas, whose values are in one row only. A row breaks a condition if it is false;
    null passes. In a key null counts as a value. -#}

{#- All conditions on a row of a model. -#}
{% macro conditions_on_rows(node) -%}
    {%- set conditions = [] -%}
    {%- for column in node.columns.values() -%}
        {%- for constraint in column.constraints -%}
            {%- do conditions.append(constraint.expression or column.name ~ ' is not null') -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(conditions + node.config.meta.get('every_row', [])) }}
{%- endmacro %}


{#- One row: the table, and a sentence that says which of its rules are broken, by how many rows or
    key values; empty if none is. One scan for all conditions. `rows` is the table, or a part of it
    if its test has a `where`. -#}
{% macro broken_rules(rows) -%}
    {#- The project is not known before it is parsed, and dbt 2 does not say which node is tested. To
        look at all nodes takes 5 ms, and is needed only where a host gives tables other names. -#}
    {%- set nodes, id = graph.nodes if execute else {}, 'model.customer_segmentation.' ~ rows.identifier -%}
    {%- for node in ([nodes[id]] if id in nodes else nodes.values()) if node.resource_type == 'model'
        and ((node.relation_name ~ ' ') in rows if rows is string
        else node.alias == rows.identifier and node.schema == rows.schema) -%}
    {%- set conditions, keys = conditions_on_rows(node), node.config.meta.get('keys', []) -%}
    select
        '{{ node.name }}' as table_name,
        {%- for condition in conditions %}
        {{ words_of_broken_rule(condition, 'counts.broken_' ~ loop.index) }} ||
        {%- endfor %}
        {%- for key in keys %}
        {{ words_of_broken_rule('one row per ' ~ key, 'repeated_' ~ loop.index ~ '.key_count') }} ||
        {%- endfor %}
        '' as sentence
    from (
        select
            {%- for condition in conditions %}
            sum(case when not ({{ condition }}) then 1 else 0 end) as broken_{{ loop.index }},
            {%- endfor %}
            count(*) as row_count
        from {{ rows }}
    ) as counts
    {%- for key in keys %}
    cross join (
        select count(*) as key_count
        from (
            select {{ key }}
            from {{ rows }}
            group by {{ key }}
            having count(*) > 1
        ) as repeated
    ) as repeated_{{ loop.index }}
    {%- endfor %}
    {%- endfor -%}
{%- endmacro %}


{#- The same of several tables, a row each. -#}
{% macro broken_rules_of(names) -%}
    {%- for name in names %}
    {{ broken_rules(ref(name)) }}
    {{- '\n    union all\n' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- A rule and how often it is broken, or an empty text if it is not. -#}
{% macro words_of_broken_rule(rule, count) -%}
    case
                when {{ count }} > 0
                    then ' `{{ dbt.escape_single_quotes(rule) }}` (' || {{ as_text(count) }} || ')'
                else ''
            end
{%- endmacro %}


{#- True of a row of broken_rules with a sentence, which it says in an error. -#}
{% macro raise_broken_rules() -%}
    case
            when sentence <> ''
                then {{ raise_in_sql("'Rows that break a rule of ' || table_name || ':' || sentence") }}
        end is not null
{%- endmacro %}

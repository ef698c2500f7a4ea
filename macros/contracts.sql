{#- The constraints in the contract of the model with this relation, as conditions; none before
    execution. -#}
{% macro contract_conditions(relation) -%}
    {%- set conditions = [] -%}
    {%- for node in (graph.nodes or {}).values() if node.resource_type == 'model'
        and node.alias == relation.identifier and node.schema == relation.schema -%}
        {%- for column in node.columns.values() -%}
            {%- for constraint in column.constraints -%}
                {%- do conditions.append(
                    constraint.expression or column.name ~ ' is not null'
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(conditions) }}
{%- endmacro %}

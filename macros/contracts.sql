{#- The constraints in the contract of a model, as conditions. -#}
{% macro contract_conditions(node) -%}
    {%- set conditions = [] -%}
    {%- for column in node.columns.values() -%}
        {%- for constraint in column.constraints -%}
            {%- do conditions.append(constraint.expression or column.name ~ ' is not null') -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(conditions) }}
{%- endmacro %}

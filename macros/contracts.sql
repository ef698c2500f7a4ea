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


{#- A rule and how often it is broken, or an empty text if it is not. -#}
{% macro words_of_broken_rule(rule, count) -%}
    case
                when {{ count }} > 0
                    then ' `{{ dbt.escape_single_quotes(rule) }}` (' || {{ as_text(count) }} || ')'
                else ''
            end
{%- endmacro %}

{#- The model or seed that `customer_attributes` names, with attributes of customers, or none. -#}
{% macro attributes_relation() -%}
    {%- set value = var('customer_attributes', none) -%}
    {{ return(none if value is none else model_named(value | string | trim, none)) }}
{%- endmacro %}


{#- Its columns besides the customer id. A query at compile time, because only the warehouse knows
    them; without a warehouse, or before the table exists, there are none. -#}
{% macro attribute_columns() -%}
    {%- set relation, columns = attributes_relation(), [] -%}
    {%- if relation is not none and execute and load_relation(relation) -%}
        {%- for column in adapter.get_columns_in_relation(relation)
            if column.name | lower != 'customer_id' -%}
            {%- do columns.append(column.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}


{#- One row per listed customer id and attribute; no row without attributes. -#}
{% macro listed_attributes() -%}
    {%- for column in attribute_columns() %}
    select
        {{ customer_id_text(source_settings(), 'customer_id') }} as customer_id,
        {{ as_text(text_literal(column | lower)) }} as attribute,
        nullif({{ trimmed(as_text(quoted_column(column))) }}, '') as value
    from {{ attributes_relation() }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        {{ as_text('null') }} as customer_id,
        {{ as_text('null') }} as attribute,
        {{ as_text('null') }} as value
    from (select 1 as nothing) as empty
    where 1 = 0
    {%- endfor %}
{%- endmacro %}


{#- Stops a build on attributes that cannot be read. A pre-hook of segment_attributes: it changes no
    data. -#}
{% macro check_attributes() -%}
    {%- set relation = attributes_relation() -%}
    {%- if relation is none or not execute -%}{{ return('') }}{%- endif -%}
    {%- set name = var('customer_attributes') -%}
    {%- if not load_relation(relation) -%}
        {{ setting_error(
            'customer_attributes', name,
            'the name of a seed or of a model that is a table or a view, and build it first'
        ) }}
    {%- endif -%}
    {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- if 'customer_id' not in present | map('lower') -%}
        {{ exceptions.raise_compiler_error(
            "The column 'customer_id' is not in " ~ name ~ ', which customer_attributes names: call'
            ~ ' one of its columns so (' ~ present | join(', ') ~ ').'
        ) }}
    {%- endif -%}
    {%- set repeated = run_query(
        'select ' ~ customer_id_text(source_settings(), 'customer_id') ~ ' as id from ' ~ relation
        ~ ' group by 1 having count(*) > 1 order by 1'
    ).columns[0].values() -%}
    {%- if repeated -%}
        {{ exceptions.raise_compiler_error(
            name ~ ', which customer_attributes names, has several rows of '
            ~ repeated | length ~ ' customer ids, such as ' ~ repeated[0]
            ~ ': leave one row of each.'
        ) }}
    {%- endif -%}
    {%- set known = run_query(
        'select count(*) from ' ~ relation ~ ' where '
        ~ customer_id_text(source_settings(), 'customer_id') ~ ' in (select customer_id from '
        ~ ref('customer_segments') ~ ')'
    ).rows[0][0] -%}
    {%- if known == 0 -%}
        {%- do exceptions.warn(
            'None of the ids in ' ~ name ~ ', which customer_attributes names, is a customer: write'
            ~ ' ids as in the lines, and as text, so that 00017 stays 00017.'
        ) -%}
    {%- endif -%}
{%- endmacro %}

{#- What is known of customers and products besides the lines: the models or seeds that the variables
    `customer_attributes` and `product_attributes` name. -#}

{#- The model or seed that the variable names, or none. -#}
{% macro attributes_relation(variable) -%}
    {%- set value = var(variable, none) -%}
    {{ return(none if value is none else model_named(value | string | trim, none)) }}
{%- endmacro %}


{#- The column that such a table needs. -#}
{% macro attributes_key(variable) -%}
    {{ return(variable.replace('_attributes', '_id')) }}
{%- endmacro %}


{#- The id in that column, as it is in the loaded lines. -#}
{% macro attributes_id(variable) -%}
    {{ return(
        customer_id_text(source_settings(), 'customer_id') if variable == 'customer_attributes'
        else as_text('product_id')
    ) }}
{%- endmacro %}


{#- Its other columns. A query at compile time, because only the warehouse knows them; without a
    warehouse, or before the table exists, there are none. -#}
{% macro attribute_columns(variable) -%}
    {%- set relation, columns = attributes_relation(variable), [] -%}
    {%- if execute and load_relation(relation) -%}
        {%- for column in adapter.get_columns_in_relation(relation)
            if column.name | lower != attributes_key(variable) -%}
            {%- do columns.append(column.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}


{#- One row per listed id and attribute; no row without attributes. -#}
{% macro listed_attributes(variable) -%}
    {%- set relation = attributes_relation(variable) -%}
    {%- for column in (attribute_columns(variable) if relation is not none else []) %}
    select
        {{ attributes_id(variable) }} as listed_id,
        {{ as_text(text_literal(column | lower)) }} as attribute,
        nullif({{ trimmed(as_text(quoted_column(column))) }}, '') as value
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        {{ as_text('null') }} as listed_id,
        {{ as_text('null') }} as attribute,
        {{ as_text('null') }} as value
    from (select 1 as nothing) as empty
    where 1 = 0
    {%- endfor %}
{%- endmacro %}


{#- Stops a build on attributes that cannot be read, and warns if they are nobody's. `known_ids` is a
    table with the ids of the lines. A pre-hook of int_counted_attributes: it changes no data. -#}
{% macro check_attributes(variable, known_ids) -%}
    {%- set relation = attributes_relation(variable) -%}
    {%- if relation is none or not execute -%}{{ return('') }}{%- endif -%}
    {%- set name, key = var(variable), attributes_key(variable) -%}
    {%- if not load_relation(relation) -%}
        {{ setting_error(
            variable, name,
            'the name of a seed or of a model that is a table or a view, and build it first'
        ) }}
    {%- endif -%}
    {%- set columns = adapter.get_columns_in_relation(relation) -%}
    {%- set present = columns | map(attribute='name') | list -%}
    {%- if key not in present | map('lower') -%}
        {{ exceptions.raise_compiler_error(
            'The column ' ~ key ~ ' is not in ' ~ name ~ ', which ' ~ variable ~ ' names: call one'
            ~ ' of its columns so (' ~ present | join(', ') ~ ').'
        ) }}
    {%- endif -%}
    {%- set repeated = run_query(
        'select ' ~ attributes_id(variable) ~ ' as listed_id from ' ~ relation
        ~ ' group by 1 having count(*) > 1 order by 1'
    ).columns[0].values() -%}
    {%- if repeated -%}
        {{ exceptions.raise_compiler_error(
            name ~ ', which ' ~ variable ~ ' names, has several rows of ' ~ repeated | length
            ~ ' ids, such as ' ~ repeated[0] ~ ': leave one row of each.'
        ) }}
    {%- endif -%}
    {%- for column in columns if column.name | lower == key and column.is_number() -%}
        {%- set zeros = run_query(
            'select min(' ~ key ~ ') from ' ~ known_ids ~ ' where ' ~ key ~ " like '0_%'"
        ).rows[0][0] -%}
        {%- if zeros -%}
            {%- do exceptions.warn(
                'The column ' ~ key ~ ' of ' ~ name ~ ', which ' ~ variable ~ ' names, holds numbers,'
                ~ ' and the lines have ids such as ' ~ zeros ~ ': make it text (in a seed, with'
                ~ ' column_types).'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set known = run_query(
        'select count(*) from ' ~ relation ~ ' where ' ~ attributes_id(variable) ~ ' in (select '
        ~ key ~ ' from ' ~ known_ids ~ ')'
    ).rows[0][0] -%}
    {%- if known == 0 -%}
        {%- do exceptions.warn(
            'None of the ids in ' ~ name ~ ', which ' ~ variable ~ ' names, is in the lines: write'
            ~ ' them in the same way, and as text, so that 00017 stays 00017.'
        ) -%}
    {%- endif -%}
{%- endmacro %}

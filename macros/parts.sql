{#- Parts of the source, files or days of a table: so that a refresh reads only those that are new or
    another. -#}

{#- Whether lines are kept from refresh to refresh; elsewhere every refresh reads all of them. -#}
{% macro lines_are_kept() -%}
    {{ return(adapter.dispatch('lines_are_kept', 'customer_segmentation')()) }}
{%- endmacro %}

{% macro default__lines_are_kept() -%}
    {{ return(false) }}
{%- endmacro %}


{#- The parts of the source, each with a key that is another one as soon as the part is. -#}
{% macro source_parts() -%}
    {%- if not lines_are_kept() -%}
        {{ return("select 'all' as part, cast(1 as bigint) as part_key") }}
    {%- endif -%}
    {#- Not by dispatch: there is nothing for other engines to find. -#}
    {%- set source = source_settings() -%}
    {{ return(
        duckdb__parts_of_files(source) if lines_are_in_files(source)
        else duckdb__parts_of_table(source)
    ) }}
{%- endmacro %}


{#- Where no lines are kept nobody asks for these; dbt wants them to be there. -#}
{% macro default__parts_of_files(source) -%}
    {{ return('') }}
{%- endmacro %}

{% macro default__parts_of_table(source) -%}
    {{ return('') }}
{%- endmacro %}


{#- The types of the columns that are read, a constant. The same bits are another text under another
    type: 5.00 and 500 have one hash, and one file with fractions makes 7 to 7.0 in all Parquet
    files. -#}
{% macro types_of_columns(source) -%}
    {%- set types = [] -%}
    {%- for column in columns_read(source) -%}
        {%- do types.append('typeof(' ~ column ~ ')') -%}
    {%- endfor -%}
    {{ return(types | join(" || ' ' || ")) }}
{%- endmacro %}


{#- How lines are read: with other settings, or by another version of this project, every part is
    another. -#}
{% macro reading_key() -%}
    {%- set source = source_settings() -%}
    {%- set rules = [] -%}
    {%- for key, value in source.items() if key != 'allow_future_dates' -%}
        {%- do rules.append(key ~ '=' ~ value) -%}
    {%- endfor -%}
    {{ return(local_md5((rules + [
        transactions_source(source) | string, transaction_id_text(source), customer_id_text(source),
        source_day(source), line_amount(source), return_amount(source),
        order_amount(source) if source['is_spread'] else '',
        in_one_currency(source, 'amount'), line_counts(source), line_fault(source),
        carried_value(source, 'column'), share_of_order()
    ]) | join(' '))) }}
{%- endmacro %}


{#- A condition on `part`, a column or an expression: of the lines whose parts the query finds. Each
    is named in it, so that the engine opens no other file; where they are too many to name, or
    nothing was asked, all lines. -#}
{% macro of_parts(part, query) -%}
    {%- set most = 500 -%}
    {%- if not execute or not query -%}{{ return('1 = 1') }}{%- endif -%}
    {%- set literals = [] -%}
    {%- for name in run_query(query ~ ' order by part limit ' ~ (most + 1)).columns[0].values() -%}
        {%- do literals.append("'" ~ name | replace("'", "''") ~ "'") -%}
    {%- endfor -%}
    {%- if not literals -%}{{ return('1 = 0') }}{%- endif -%}
    {{ return(
        part ~ ' in (' ~ literals | join(', ') ~ ')' if literals | length <= most else '1 = 1'
    ) }}
{%- endmacro %}


{#- The CTEs `lines` and `source_parts`: the lines that the source view shows and this kept table has
    not read yet, as far as `condition` holds, and the parts they are in. -#}
{% macro unread_ctes(condition) -%}
    lines as (
        select *
        from {{ ref('stg_transactions') }}
        where
            {{ condition }}
            and {{ of_parts('part', unread_parts()) }}
            -- Where the view was left out of a partial build, it may be one of earlier settings.
            and reading_key = '{{ reading_key() }}'
    ),

    source_parts as (
        select
            part,
            part_key
        from {{ ref('int_source_parts') }}
        {%- if is_incremental() %}
        where part_key not in (select distinct kept.part_key from {{ this }} as kept)
        {%- endif %}
    )
{%- endmacro %}


{#- Finds the parts whose lines are not kept yet; nothing where none are. -#}
{% macro unread_parts() -%}
    {%- if execute and is_incremental() -%}
        select part from {{ ref('int_source_parts') }}
        where part_key not in (select distinct part_key from {{ this }})
    {%- endif -%}
{%- endmacro %}


{#- Finds the parts whose lines the newest refresh read; nothing before there is one. -#}
{% macro parts_just_read() -%}
    {%- set refresh = ref('int_current_refresh') -%}
    {%- if not (execute and load_relation(refresh)) -%}{{ return('') }}{%- endif -%}
    select distinct source_parts.part
    from {{ ref('int_source_parts') }} as source_parts
    inner join {{ ref('int_rejected_lines') }} as refused_lines
        on source_parts.part_key = refused_lines.part_key
    inner join {{ refresh }} as refresh
        on refused_lines.refresh_number = refresh.refresh_number
{%- endmacro %}


{#- The incremental strategy of the kept lines: those of parts that are gone or another
    leave, in the transaction in which the others come. -#}
{% macro get_incremental_replace_parts_sql(arguments) -%}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arguments['target_relation'] }}
    where part_key not in (select part_key from {{ ref('int_source_parts') }});
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}

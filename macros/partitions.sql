{#- Source partitions (files, or days of a table), so a refresh reads only those that are new or
    changed. -#}

{#- Whether lines are kept from refresh to refresh. If not, every refresh reads them all. -#}
{% macro lines_are_kept() -%}
    {{ return(adapter.dispatch('lines_are_kept', 'customer_segmentation')()) }}
{%- endmacro %}

{% macro default__lines_are_kept() -%}
    {{ return(false) }}
{%- endmacro %}


{#- The partitions of the source, each with a fingerprint that changes whenever its content
    does. -#}
{% macro source_partitions() -%}
    {%- if not lines_are_kept() -%}
        {{ return("select 'all' as source_partition, cast(1 as bigint) as fingerprint") }}
    {%- endif -%}
    {#- Not dispatched, because other engines have no version of these. -#}
    {%- set source = source_settings() -%}
    {{ return(
        duckdb__partitions_of_files(source) if lines_are_in_files(source)
        else duckdb__partitions_of_table(source)
    ) }}
{%- endmacro %}


{#- The types of the columns that are read, a constant. The same bits mean different text under a
    different type: 5.00 and 500 have one hash, and one file with fractions turns 7 into 7.0 in all
    Parquet files. -#}
{% macro types_of_columns(source) -%}
    {%- set types = [] -%}
    {%- for column in columns_read(source) -%}
        {%- do types.append('typeof(' ~ column ~ ')') -%}
    {%- endfor -%}
    {{ return(types | join(" || ' ' || ")) }}
{%- endmacro %}


{#- A fingerprint of how lines are read: with other settings, or another version of this project,
    every partition is read again. -#}
{% macro reading_key() -%}
    {%- set source = source_settings() -%}
    {%- set rules = [] -%}
    {%- for key, value in source.items() if key != 'allow_future_dates' -%}
        {%- do rules.append(key ~ '=' ~ value) -%}
    {%- endfor -%}
    {{ return(local_md5((rules + [
        transactions_source(source) | string, transaction_id_text(source),
        customer_id_text(source, source['customer_id']), source_day(source),
        line_amount(source), return_amount(source),
        order_amount(source) if source['is_spread'] else '',
        in_one_currency(source, 'amount'), passes(source['filters']), line_fault(source),
        carried_value(source, 'column'), share_of_order()
    ]) | join(' '))) }}
{%- endmacro %}


{#- A condition on `source_partition`, a column or an expression: only lines in the partitions that the query
    finds. It lists each one, so the engine opens no other file. All lines, if there are too many
    to list or there is no query. -#}
{% macro in_partitions(source_partition, query) -%}
    {%- set most = 500 -%}
    {%- if not execute or not query -%}{{ return('1 = 1') }}{%- endif -%}
    {%- set literals = [] -%}
    {%- for name in run_query(query ~ ' order by source_partition limit ' ~ (most + 1)).columns[0].values() -%}
        {%- do literals.append("'" ~ name | replace("'", "''") ~ "'") -%}
    {%- endfor -%}
    {%- if not literals -%}{{ return('1 = 0') }}{%- endif -%}
    {{ return(
        source_partition ~ ' in (' ~ literals | join(', ') ~ ')' if literals | length <= most else '1 = 1'
    ) }}
{%- endmacro %}


{#- The CTEs `lines` and `source_partitions`: the lines of the source view that this table has not read
    yet and for which `condition` holds, and their partitions. -#}
{% macro unread_ctes(condition) -%}
    lines as (
        select *
        from {{ ref('stg_transactions') }}
        where
            {{ condition }}
            and {{ in_partitions('source_partition', unread_partitions()) }}
            -- If the view was left out of a partial build, it may still have earlier settings.
            and reading_key = '{{ reading_key() }}'
    ),

    source_partitions as (
        select
            source_partition,
            fingerprint
        from {{ ref('int_source_partitions') }}
        {%- if is_incremental() %}
        where fingerprint not in (select distinct loaded.fingerprint from {{ this }} as loaded)
        {%- endif %}
    )
{%- endmacro %}


{#- Finds the partitions whose lines are not in this table yet; nothing if it has none. -#}
{% macro unread_partitions() -%}
    {%- if execute and is_incremental() -%}
        select source_partition from {{ ref('int_source_partitions') }}
        where fingerprint not in (select distinct fingerprint from {{ this }})
    {%- endif -%}
{%- endmacro %}


{#- Finds the partitions that the newest refresh read; nothing before the first one. -#}
{% macro partitions_just_read() -%}
    {%- set refresh = ref('int_current_refresh') -%}
    {%- if not (execute and load_relation(refresh)) -%}{{ return('') }}{%- endif -%}
    select distinct source_partitions.source_partition
    from {{ ref('int_source_partitions') }} as source_partitions
    inner join {{ ref('int_rejected_lines') }} as rejected_lines
        on source_partitions.fingerprint = rejected_lines.fingerprint
    inner join {{ refresh }} as refresh
        on rejected_lines.refresh_number = refresh.refresh_number
{%- endmacro %}


{#- The incremental strategy of tables that keep lines: lines of changed or missing partitions are
    deleted in the same transaction that inserts the new ones. -#}
{% macro get_incremental_replace_partitions_sql(arguments) -%}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arguments['target_relation'] }}
    where fingerprint not in (select fingerprint from {{ ref('int_source_partitions') }});
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}

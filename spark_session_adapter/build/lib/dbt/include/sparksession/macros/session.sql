{#- A Python model: its own code, from the beginning of a line, and what writes the data frame it
    returns. -#}
{% macro sparksession__create_table_as(temporary, relation, compiled_code, language='sql') -%}
{%- if language == 'python' -%}
{%- set columns = config.get('partition_by') or [] %}
{{ compiled_code }}

write_table(
    spark,
    model(dbtObj(spark.table), spark),
    "{{ relation }}",
    "{{ config.get('file_format') or 'parquet' }}",
    {{ [columns] if columns is string else columns }},
)
{%- else -%}
{{ spark__create_table_as(temporary, relation, compiled_code, language) }}
{%- endif -%}
{%- endmacro %}


{#- The rows go through the session: an INSERT of thousands of literals takes minutes. -#}
{% macro sparksession__load_csv_rows(model, agate_table) -%}
    {%- do adapter.insert_rows(this, agate_table) -%}
    {{ return('-- ' ~ agate_table.rows | length ~ ' rows through the session') }}
{%- endmacro %}

{#- State: what refreshes write for later ones. Rows are appended to its tables, and count only
    once the refresh that wrote them has completed. -#}

{#- The rows in a state table before this build writes to it, or none before it exists. Its model
    comes later in the DAG, so it cannot be a ref. Only the models in models/earlier call this; all
    others ref those. `columns` maps the wanted columns to their types; a column that an earlier
    version of the project did not write is null. A build that forgets the history sees no
    completed refresh, and so no state. -#}
{% macro earlier_rows(model_name, columns) -%}
    {%- set relation = none -%}
    {%- set forgotten = model_name == 'completed_refreshes' and var('forget_history', false) -%}
    {%- if execute and not forgotten -%}
        {%- set node = graph.nodes['model.customer_segmentation.' ~ model_name] -%}
        {#- Except on DuckDB, a table that is rebuilt is gone before it can be read. -#}
        {%- if node.config.materialized == 'incremental' or lines_are_kept() -%}
            {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if relation -%}
        {%- set present = adapter.get_columns_in_relation(relation)
            | map(attribute='name') | map('lower') | list -%}
        select
            {%- for column, type in columns.items() %}
            {{ column if column in present else 'cast(null as ' ~ engine_type(type) ~ ') as ' ~ column }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from {{ relation }}
    {%- else -%}
        select
            {%- for column, type in columns.items() %}
            cast(null as {{ engine_type(type) }}) as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (select 1 as nothing) as empty
        where 1 = 0
    {%- endif -%}
{%- endmacro %}


{#- The rows of `completed_refreshes` that passed every test. One that was built without tests, by
    dbt run, has no completed_at yet. -#}
{% macro completed_refreshes_before(columns) -%}
    select {{ columns | join(', ') }}
    from (
        {{ earlier_rows('completed_refreshes', dict(columns, completed_at='timestamp')) }}
    ) as recorded
    where completed_at is not null
{%- endmacro %}


{#- The rows of `earlier_rows` that completed refreshes wrote. -#}
{% macro completed_rows(model_name, columns) -%}
    select earlier.*
    from (
        {{ earlier_rows(model_name, columns) }}
    ) as earlier
    inner join (
        {{ completed_refreshes_before({'refresh_number': 'bigint'}) }}
    ) as completed
        on earlier.refresh_number = completed.refresh_number
{%- endmacro %}


{#- The last event of each customer before (or up to) a date of the current refresh: the customer's
    segment at that time. -#}
{% macro states_at(date_column, comparison) -%}
    select *
    from (
        select
            events.*,
            row_number() over (
                partition by events.customer_id
                order by events.snapshot_date desc
            ) as event_rank
        from {{ ref('int_earlier_segment_events') }} as events
        inner join {{ ref('int_current_refresh') }} as current_refresh
            on events.snapshot_date {{ comparison }} current_refresh.{{ date_column }}
    ) as ranked
    where event_rank = 1
{%- endmacro %}


{#- Drops a table the adapter leaves behind: the one through which a Python model's rows were
    appended, in the connection's own schema whatever the model's schema is. A post-hook of that
    model; only DuckDB's adapter needs it. -#}
{% macro drop_temporary_tables() -%}
    {%- if execute and adapter.type() == 'duckdb' -%}
        {%- set schema = run_query('select current_schema()').rows[0][0] -%}
        {%- set here = this.incorporate(path={'schema': schema}) -%}
        {%- for table in list_relations_without_caching(here.without_identifier())
            if table['name'].startswith(this.identifier ~ '__dbt_tmp') -%}
            {%- do adapter.drop_relation(
                here.incorporate(path={'identifier': table['name']}, type='table')
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

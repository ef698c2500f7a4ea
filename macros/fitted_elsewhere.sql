{#- For a warehouse that runs no Python: scripts/fit_on_duckdb.py fits the model on DuckDB and puts
    its rows in the model's table. Passes if no fit is due, or if the rows are there. -#}
{% materialization fitted_elsewhere, default, supported_languages=['python'] %}
    {%- set due = run_query(
        'select max(refresh_number) from ' ~ ref('int_training_customers')
    ).rows[0][0] -%}
    {%- set relation = load_cached_relation(this) -%}
    {%- set fitted = relation and run_query(
        'select count(*) from ' ~ relation ~ ' where refresh_number = ' ~ (due or 0)
    ).rows[0][0] > 0 -%}
    {%- if due and not fitted -%}
        {{ exceptions.raise_compiler_error(
            target.type ~ ' runs no Python, and refresh ' ~ due ~ ' needs a fit: run'
            ~ ' python scripts/fit_on_duckdb.py and then dbt retry.'
        ) }}
    {%- endif -%}
    {%- call noop_statement('main', 'FITTED ELSEWHERE') -%}{%- endcall -%}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

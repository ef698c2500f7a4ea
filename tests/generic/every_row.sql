-- One scan for many conditions: those of the model's contract, which not every engine enforces,
-- and those given here. A row breaks a condition if it is false; null passes. Fails with a
-- sentence that says which conditions are broken and in how many rows.
{% test every_row(model, holds=none) %}
    {#- The project is not known before it is parsed. -#}
    {%- set contract = contract_conditions(graph.nodes[context['model'].attached_node])
        if execute else [] %}
    {%- set conditions = contract + (holds or []) %}
    with

    counts as (
        select
            {%- for condition in conditions %}
            sum(case when not ({{ condition }}) then 1 else 0 end) as broken_{{ loop.index }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from {{ model }}
    ),

    sentences as (
        select
            {%- for condition in conditions %}
            {{ '|| ' if not loop.first -}}
            {%- set count = 'broken_' ~ loop.index -%}
            {%- set text = "' `" ~ dbt.escape_single_quotes(condition) ~ "` (' || "
                ~ as_text(count) ~ " || ')'" -%}
            case when {{ count }} > 0 then {{ text }} else '' end
            {%- endfor %} as sentence
        from counts
    )

    select sentence
    from sentences
    where
        case
            when sentence <> ''
                then {{ raise_in_sql("'Rows that break a rule:' || sentence") }}
        end is not null
{% endtest %}

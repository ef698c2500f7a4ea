-- One scan for many conditions: those of the model's contract, which not every engine enforces,
-- and those in `holds`. A row breaks a condition if it is false; null passes. A key is a column, or
-- several with commas, whose values are in one row only; null counts as a value. Fails with a
-- sentence that says which rules are broken, by how many rows or key values. One condition or key
-- a line: dbt renders each text of a list on its own, which takes 4 ms.
{% test every_row(model, keys='', holds='') %}
    {%- set conditions = [] %}
    {#- The project is not known before it is parsed, and dbt 2 does not say which node is tested. -#}
    {%- for node in (graph.nodes.values() if execute else [])
        if node.resource_type == 'model'
        and node.alias == model.identifier and node.schema == model.schema %}
    {%- do conditions.extend(contract_conditions(node)) %}
    {%- endfor %}
    {%- do conditions.extend(holds.split('\n') | select | list) %}
    with

    counts as (
        select
            {%- for condition in conditions %}
            sum(case when not ({{ condition }}) then 1 else 0 end) as broken_{{ loop.index }},
            {%- endfor %}
            count(*) as row_count
        from {{ model }}
    ),

    {%- for key in keys.split('\n') | select %}

    repeated_{{ loop.index }} as (
        select count(*) as key_count
        from (
            select {{ key }}
            from {{ model }}
            group by {{ key }}
            having count(*) > 1
        ) as repeated
    ),
    {%- endfor %}

    sentences as (
        select
            {%- for condition in conditions %}
            {{ words_of_broken_rule(condition, 'counts.broken_' ~ loop.index) }} ||
            {%- endfor %}
            {%- for key in keys.split('\n') | select %}
            {{ words_of_broken_rule('one row per ' ~ key, 'repeated_' ~ loop.index ~ '.key_count') }} ||
            {%- endfor %}
            '' as sentence
        from counts
        {%- for key in keys.split('\n') | select %}
        cross join repeated_{{ loop.index }}
        {%- endfor %}
    )

    select sentence
    from sentences
    where
        case
            when sentence <> ''
                then {{ raise_in_sql("'Rows that break a rule:' || sentence") }}
        end is not null
{% endtest %}

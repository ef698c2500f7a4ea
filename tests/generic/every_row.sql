-- The rules of a table, all in one scan (macros/contracts.sql). They are not arguments of the test:
-- dbt renders each of these again in every build, which takes 4 ms.
{% test every_row(model) %}
    select sentence
    from (
        {{ broken_rules(model) }}
    ) as broken
    where
        {{ raise_broken_rules() }}
{% endtest %}

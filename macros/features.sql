{#- The six features, in the order used everywhere. -#}
{% macro feature_names() -%}
    {{ return([
        'recency_days', 'frequency', 'monetary', 'length_days', 'average_spend', 'unique_products'
    ]) }}
{%- endmacro %}


{#- A 1-5 score by rank in which equal values get equal scores: the fifth that the middle of the ties falls in.
    `best` is 'high' or 'low': which end of the column earns the 5. -#}
{% macro tie_safe_score(column, best) -%}
    {%- set order = column ~ (' desc' if best == 'low' else '') -%}
    1 + cast(floor(
        cast(5 as double) * (2 * (rank() over (order by {{ order }}) - 1) + count(*) over (partition by {{ column }}))
        / (2 * count(*) over ())
    ) as integer)
{%- endmacro %}


{#- A feature as the clustering sees it before scaling; only net spend can be below 0, and then it is not clustered. -#}
{% macro log_feature(column) -%}
    ln(1 + greatest(cast({{ column }} as double), 0))
{%- endmacro %}


{#- The rule segment of customers whose returns outweigh their purchases: they are not clustered. -#}
{% macro rule_segment() -%}
    {{ return({'id': 0, 'prototype_id': 'no_net_spend'}) }}
{%- endmacro %}

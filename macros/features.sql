{#- The six features, in the order used everywhere. -#}
{% macro feature_names() -%}
    {{ return([
        'recency_days', 'frequency', 'monetary', 'length_days', 'average_spend', 'unique_products'
    ]) }}
{%- endmacro %}


{#- Where a value stands among all rows, 0 to 1: the middle of its ties, so that equal values get equal percentiles. -#}
{% macro percentile(column, best='high') -%}
    cast(2 * (rank() over (order by {{ column }}{{ ' desc' if best == 'low' }}) - 1)
    + count(*) over (partition by {{ column }}) as double) / (2 * count(*) over ())
{%- endmacro %}


{#- A 1-5 score in which equal values get equal scores: the fifth that the middle of the ties falls in.
    `best` is 'high' or 'low': which end of the column earns the 5. -#}
{% macro tie_safe_score(column, best) -%}
    1 + cast(floor(5 * {{ percentile(column, best) }}) as integer)
{%- endmacro %}


{#- A feature as the clustering sees it before scaling; only net spend can be below 0, and then it is not clustered. -#}
{% macro log_feature(column) -%}
    ln(1 + greatest(cast({{ column }} as double), 0))
{%- endmacro %}


{#- The rule segment of customers whose returns outweigh their purchases: they are not clustered. -#}
{% macro rule_segment() -%}
    {{ return({'id': 0, 'prototype_id': 'no_net_spend'}) }}
{%- endmacro %}

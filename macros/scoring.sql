{#- Nearest-centroid scoring as one wide expression: no join grows with the customers. -#}

{#- The places for segments in the one-row scoring model; a place without a segment is null and
    never nearest. -#}
{% macro segment_slots() -%}
    {{ return(range(1, most_segments() + 1)) }}
{%- endmacro %}


{#- A feature as the clustering sees it: log1p, then the z-score of the training customers. -#}
{% macro scaled_feature(column, scaler, feature) -%}
    ({{ log_feature(column) }} - {{ scaler }}.center_{{ feature }}) / {{ scaler }}.scale_{{ feature }}
{%- endmacro %}


{#- Not `power`, whose last bits differ between engines. -#}
{% macro squared(expression) -%}
    ({{ expression }}) * ({{ expression }})
{%- endmacro %}


{#- The squared Euclidean distance of two points whose coordinates are <prefix><feature>. -#}
{% macro squared_distance(left, right) -%}
    {%- for feature in feature_names() -%}
        {{ squared(left ~ feature ~ ' - ' ~ right ~ feature) }}{{ '\n        + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

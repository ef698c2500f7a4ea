{#- Nearest-centroid scoring as one wide expression: no join grows with the customers. -#}

{#- The places for segments in the one-row scoring model; a place without a segment is null and never nearest. -#}
{% macro segment_slots() -%}
    {{ return(range(1, [8, segment_count_setting() or 0] | max + 1)) }}
{%- endmacro %}


{#- A feature as the clustering sees it: log1p, then the z-score of the training customers. -#}
{% macro scaled_feature(feature, scaler) -%}
    ({{ log_feature(feature) }} - {{ scaler }}.center_{{ feature }}) / {{ scaler }}.scale_{{ feature }}
{%- endmacro %}


{#- The squared Euclidean distance of two points whose coordinates are <prefix><feature>. -#}
{% macro squared_distance(left, right) -%}
    {%- for feature in feature_names() -%}
        ({{ left }}{{ feature }} - {{ right }}{{ feature }})
        * ({{ left }}{{ feature }} - {{ right }}{{ feature }}){{ '\n        + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

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


{#- The CTEs by which `points`, a CTE with the six features, are scored: `nearest` has its columns,
    and for each model version of the CTE `scoring_model` the squared distances distance_<slot> and
    the least of them, nearest_distance. -#}
{% macro scoring_ctes(points) -%}
    scaled as (
        select
            {{ points }}.*,
            scoring_model.model_version as scored_by,
            scoring_model.is_in_use,
            {%- for feature in feature_names() %}
            {%- set column = points ~ '.' ~ feature %}
            {{ scaled_feature(column, 'scoring_model', feature) }} as scaled_{{ feature }},
            {%- endfor %}
            {%- for slot in segment_slots() %}
            scoring_model.slot_{{ slot }}_segment_id,
            {%- for feature in feature_names() %}
            scoring_model.slot_{{ slot }}_{{ feature }}{% if not loop.last %},{% endif %}
            {%- endfor %}{% if not loop.last %},{% endif %}
            {%- endfor %}
        from {{ points }}
        cross join scoring_model{{ computed_once() }}
    ),

    distances as (
        select
            {%- for slot in segment_slots() %}
            {{ squared_distance('scaled_', 'slot_' ~ slot ~ '_') }} as distance_{{ slot }},
            {%- endfor %}
            *
        from scaled{{ computed_once() }}
    ),

    nearest as (
        select
            *,
            {{ least_of_slots('distance_') }} as nearest_distance
        from distances{{ computed_once() }}
    )
{%- endmacro %}


{#- The least of <prefix><name>; a null is none. -#}
{% macro least_of(prefix, names) -%}
    {%- call least_known() -%}
        {%- for name in names %}
            {{ prefix }}{{ name }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    {%- endcall -%}
{%- endmacro %}


{#- The least of <prefix><slot>; a null is none. -#}
{% macro least_of_slots(prefix) -%}
    {{ least_of(prefix, segment_slots()) }}
{%- endmacro %}


{#- The second least of <prefix><slot>, `least` being the least: without the first place that holds
    it, as in `segment_of_slots`. -#}
{% macro second_of_slots(prefix, least) -%}
    {%- call least_known() -%}
        {%- for slot in segment_slots() %}
            case
                when {{ prefix }}{{ slot }} > {{ least }}
                    {%- for earlier in segment_slots() if earlier < slot %}
                    or {{ prefix }}{{ earlier }} = {{ least }}
                    {%- endfor %}
                    then {{ prefix }}{{ slot }}
            end{% if not loop.last %},{% endif %}
        {%- endfor %}
    {%- endcall -%}
{%- endmacro %}


{#- The segment that is `least` away; of two, the first. -#}
{% macro segment_of_slots(prefix, least) -%}
    case
        {%- for slot in segment_slots() %}
            when {{ prefix }}{{ slot }} = {{ least }} then slot_{{ slot }}_segment_id
        {%- endfor %}
        end
{%- endmacro %}

{#- Nearest-centroid scoring as one wide expression: no join grows with the customers. -#}

{#- The places for segments in the one-row scoring model; a place without a segment is null and
    never nearest. -#}
{% macro segment_slots() -%}
    {{ return(range(1, most_segments() + 1)) }}
{%- endmacro %}


{#- Those of them that the scoring model fills, told by the warehouse: each one more is computed for
    every customer, and planned. All of them, before there is a scoring model. -#}
{% macro filled_slots() -%}
    {%- set scoring_model = ref('int_scoring_model') -%}
    {#- In a unit test the scoring model is no table. -#}
    {%- if not execute or scoring_model.is_cte or not load_relation(scoring_model) -%}
        {{ return(segment_slots()) }}
    {%- endif -%}
    {%- set last_filled -%}
        select
            max(case
                {%- for slot in segment_slots() | reverse %}
                when slot_{{ slot }}_segment_id is not null then {{ slot }}
                {%- endfor %}
            end)
        from {{ scoring_model }}
    {%- endset -%}
    {%- set last = run_query(last_filled).columns[0].values()[0] | int(most_segments()) -%}
    {#- At least two: not every engine has the least of one. -#}
    {{ return(range(1, [last, 2] | max + 1)) }}
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
{% macro scoring_ctes(points, slots) -%}
    scaled as (
        select
            {{ points }}.*,
            scoring_model.model_version as scored_by,
            scoring_model.is_in_use,
            {%- for feature in feature_names() %}
            {%- set column = points ~ '.' ~ feature %}
            {{ scaled_feature(column, 'scoring_model', feature) }} as scaled_{{ feature }},
            {%- endfor %}
            {%- for slot in slots %}
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
            {%- for slot in slots %}
            {{ squared_distance('scaled_', 'slot_' ~ slot ~ '_') }} as distance_{{ slot }},
            {%- endfor %}
            *
        from scaled{{ computed_once() }}
    ),

    nearest as (
        select
            *,
            {{ least_of('distance_', slots) }} as nearest_distance
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


{#- The second least of <prefix><slot>, `least` being the least: without the first place that holds
    it, as in `segment_of_slots`. -#}
{% macro second_of_slots(prefix, least, slots) -%}
    {%- call least_known() -%}
        {%- for slot in slots %}
            case
                when {{ prefix }}{{ slot }} > {{ least }}
                    {%- for earlier in slots if earlier < slot %}
                    or {{ prefix }}{{ earlier }} = {{ least }}
                    {%- endfor %}
                    then {{ prefix }}{{ slot }}
            end{% if not loop.last %},{% endif %}
        {%- endfor %}
    {%- endcall -%}
{%- endmacro %}


{#- The segment that is `least` away; of two, the first. -#}
{% macro segment_of_slots(prefix, least, slots) -%}
    case
        {%- for slot in slots %}
            when {{ prefix }}{{ slot }} = {{ least }} then slot_{{ slot }}_segment_id
        {%- endfor %}
        end
{%- endmacro %}

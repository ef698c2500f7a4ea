{#- The segments that are clearly (.10 past the midpoint) on the wrong side of the prototype they
    are named after, in any feature in which the prototype takes a side (a percentile at least .25
    from the midpoint). `customers` is a CTE of clustered customers with segment_id, prototype_id
    and the six features. The Python model keeps names by the same rule. -#}
{% macro segments_against_their_prototype(customers) -%}
    select segments.segment_id
    from (
        select
            segment_id,
            prototype_id,
            {%- for feature in feature_names() %}
            {{ median_of('percentile_' ~ feature) }} as {{ feature }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                segment_id,
                prototype_id,
                {%- for feature in feature_names() %}
                {{ percentile(feature) }} as percentile_{{ feature }}{{ ',' if not loop.last }}
                {%- endfor %}
            from {{ customers }}
        ) as ranked
        group by segment_id, prototype_id
    ) as segments
    inner join {{ ref('stg_segment_prototypes') }} as prototypes
        on segments.prototype_id = prototypes.prototype_id
    where
        {%- for feature in feature_names() %}
        {%- set target = 'prototypes.' ~ feature | replace('_days', '') ~ '_percentile' %}
        {{ 'or ' if not loop.first }}({{ target }} <= 0.25 and segments.{{ feature }} > 0.6)
        or ({{ target }} >= 0.75 and segments.{{ feature }} < 0.4)
        {%- endfor %}
{%- endmacro %}


{#- A sentence about two segments. -#}
{% macro segments_text(from_id, words, to_id) -%}
    'segment ' || {{ as_text(from_id) }} || '{{ words }}' || {{ as_text(to_id) }}
{%- endmacro %}

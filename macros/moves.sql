{#- How far the better segment of segment_moves leads the segment of a slot at the end of a way up; 0
    for a slot without a segment, which nobody has to pass. The lead is the score it has now and what
    it gains where the logarithms of the two changed features grow. -#}

{#- The greatest lead that any step can have: each gain only grows or only falls along the way. -#}
{% macro greatest_lead(slot) -%}
    coalesce(
            paths.score_{{ slot }} - paths.better_score
            {%- for change in ['first', 'second'] %}
            {%- set gain = 'gains.' ~ change ~ '_gain_' ~ slot %}
            + greatest(
                {{ gain }} * ln(1 + paths.{{ change }}_change),
                {{ gain }} * ln(1 + paths.last_step * paths.{{ change }}_change)
            )
            {%- endfor %},
            0
        )
{%- endmacro %}


{#- The lead after a step. -#}
{% macro lead_at_step(slot) -%}
    coalesce(
            reaching.score_{{ slot }} - reaching.better_score
            {%- for change in ['first', 'second'] %}
            + reaching.{{ change }}_gain_{{ slot }}
            * ln(1 + steps.generated_number * reaching.{{ change }}_change)
            {%- endfor %},
            0
        )
{%- endmacro %}

{#- By how much the better segment of segment_moves leads the segment of a slot after a change; 0
    for a slot without a segment, which cannot be in the way. The lead is the current difference in
    scores plus what it gains as the logarithms of the two changed features grow. -#}

{#- An upper bound of the lead over all steps: each gain only grows or only falls along the
    way. -#}
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

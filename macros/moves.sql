{#- What would move a customer up: changes that are tried one at a time, in steps. -#}

{#- How many steps of each are tried: purchases, twentieths of the net spend, days. More in one
    observation window nobody would plan for. -#}
{% macro most_steps() -%}
    {{ return({'more_orders': 12, 'more_money': 40, 'fewer_days': 366}) }}
{%- endmacro %}


{#- The money of so many steps. -#}
{% macro money_of_steps(monetary, steps) -%}
    cast({{ monetary }} * {{ steps }} / 20 as decimal(28, 4))
{%- endmacro %}

{#- The rule of a segment in plain numbers: a least and a greatest value of some features, as found
    by a shallow decision tree. `rule` is a relation with least_<feature> and most_<feature>, null
    where the rule has no such bound. -#}

{#- Whether a customer meets a rule. -#}
{% macro meets_rule(customer, rule) -%}
    {%- for feature in feature_names() -%}
    ({{ rule }}.least_{{ feature }} is null or {{ customer }}.{{ feature }} >= {{ rule }}.least_{{ feature }})
            and ({{ rule }}.most_{{ feature }} is null or {{ customer }}.{{ feature }} <= {{ rule }}.most_{{ feature }})
            {{- '\n            and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- How the bounds of a feature are said: only a least value, only a greatest, both, and both the
    same. In the order in which they are said. -#}
{% macro words_of_rules() -%}
    {{ return({
        'frequency': [
            'at least {least} purchases', 'at most {most} purchases',
            '{least} to {most} purchases', '{least} purchases',
        ],
        'recency_days': [
            'the last {least} days ago or more', 'the last within {most} days',
            'the last {least} to {most} days ago', 'the last {least} days ago',
        ],
        'length_days': [
            '{least} days or more from first to last', 'at most {most} days from first to last',
            '{least} to {most} days from first to last', '{least} days from first to last',
        ],
        'monetary': [
            'net spend of at least {least}', 'net spend of at most {most}',
            'net spend of {least} to {most}', 'net spend of {least}',
        ],
        'average_spend': [
            'at least {least} per purchase', 'at most {most} per purchase',
            '{least} to {most} per purchase', '{least} per purchase',
        ],
        'unique_products': [
            'at least {least} products', 'at most {most} products',
            '{least} to {most} products', '{least} products',
        ],
    }) }}
{%- endmacro %}


{#- A rule as text, such as: at least 5 purchases, the last within 40 days. Null without a
    bound. -#}
{% macro rule_text(rule) -%}
    nullif(substr(
            {%- for unit in words_counted() %}replace({% endfor -%}
            {%- for feature, words in words_of_rules().items() %}
            {%- set least, most = rule ~ '.least_' ~ feature, rule ~ '.most_' ~ feature %}
            {{ bounds_text(least, most, words, feature in ['monetary', 'average_spend']) }}
            {{- ' ||' if not loop.last }}
            {%- endfor %}
            {%- for unit in words_counted() %}, ' 1 {{ unit }}s', ' 1 {{ unit }}'){% endfor %}, 3
        ), '')
{%- endmacro %}


{#- What is counted in rules: 1 purchase, 2 purchases. -#}
{% macro words_counted() -%}
    {{ return(['purchase', 'product', 'day']) }}
{%- endmacro %}


{#- The bounds of one feature as text that begins with a comma; empty without a bound. -#}
{% macro bounds_text(least, most, words, is_money) -%}
    {%- set least_text, most_text = bound_text(least, is_money), bound_text(most, is_money) %}
    case
                when {{ least }} is null and {{ most }} is null then ''
                when {{ most }} is null
                    then replace(', {{ words[0] }}', '{least}', {{ least_text }})
                when {{ least }} is null
                    then replace(', {{ words[1] }}', '{most}', {{ most_text }})
                when {{ least }} = {{ most }}
                    then replace(', {{ words[3] }}', '{least}', {{ least_text }})
                else replace(
                    replace(', {{ words[2] }}', '{least}', {{ least_text }}),
                    '{most}', {{ most_text }}
                )
            end
{%- endmacro %}


{#- A bound as text: 1,200 or, if it is money, 2.50. -#}
{% macro bound_text(bound, is_money) -%}
    {%- if is_money -%}
    case
                        when {{ bound }} = floor({{ bound }}) then {{ whole_number_text(bound) }}
                        else {{ as_text(rounded(bound, 2)) }}
                    end
    {%- else -%}
    {{ whole_number_text(bound) }}
    {%- endif -%}
{%- endmacro %}

{#- Checks are data. A row of a model says what a check measured; a row of stg_check_thresholds
    says when it warns or fails, and in which words. Here the two are joined. -#}

{#- The rows of the CTE `measures` (check_name, value and any other columns) with their thresholds,
    status and verdict. `facts` are text columns that sentences may mention, as in {subject}. A
    value equal to a threshold is ok. -#}
{% macro judged(measures, facts=[]) -%}
    with

    compared as (
        select
            measures.*,
            thresholds.about,
            thresholds.unit,
            thresholds.bad_side,
            thresholds.warn_threshold,
            thresholds.fail_threshold,
            thresholds.sentence,
            thresholds.sentence_without_value,
            thresholds.advice,
            case
                when thresholds.bad_side = 'above' and measures.value > thresholds.fail_threshold
                    then 'fail'
                when thresholds.bad_side = 'below' and measures.value < thresholds.fail_threshold
                    then 'fail'
                when thresholds.bad_side = 'above' and measures.value > thresholds.warn_threshold
                    then 'warn'
                when thresholds.bad_side = 'below' and measures.value < thresholds.warn_threshold
                    then 'warn'
                else 'ok'
            end as status
        from {{ measures }} as measures
        inner join {{ ref('stg_check_thresholds') }} as thresholds
            on measures.check_name = thresholds.check_name
    ),

    crossed as (
        select
            *,
            case status
                when 'fail' then fail_threshold
                when 'warn' then warn_threshold
            end as crossed_threshold
        from compared
    ),

    written as (
        select
            *,
            {{ value_text('value', 'unit') }} as value_text,
            {{ value_text('crossed_threshold', 'unit') }} as threshold_text
        from crossed
    ),

    worded as (
        select
            *,
            case when value is null then sentence_without_value else sentence end
            || case
                when status = 'ok' then ''
                -- After rounding, a value past the threshold may look equal to it.
                when value_text = threshold_text then ', just ' || bad_side
                else ', ' || bad_side
            end
            || case
                when status = 'ok' then ''
                else ' the threshold of ' || threshold_text || coalesce('. ' || advice, '')
            end
            || '.' as template
        from written
    )

    select
        *,
        {% for fact in facts %}replace({% endfor -%}
        replace(template, '{value}', coalesce(value_text, ''))
        {%- for fact in facts %}, '{{ '{' ~ fact ~ '}' }}', coalesce({{ fact }}, '')){% endfor %}
            as verdict
    from worded
{%- endmacro %}


{#- A value as text, by unit: 12.5%, 1,234, 14 days, 2.5 months, 0.25. -#}
{% macro value_text(value, unit) -%}
    case {{ unit }}
                when 'share' then {{ short_number_text('100 * ' ~ value, 1) }} || '%'
                when 'count' then {{ whole_number_text(value) }}
                when 'days'
                    then
                        {{ whole_number_text(value) }}
                        || case when {{ value }} = 1 then ' day' else ' days' end
                when 'months' then {{ short_number_text(value, 1) }} || ' months'
                else {{ short_number_text(value, 2) }}
            end
{%- endmacro %}


{#- A number as text with that many decimals, or with none if they are all zero. -#}
{% macro short_number_text(expression, decimals) -%}
    case
                    when {{ rounded(expression, decimals) }} = {{ rounded(expression, 0) }}
                        then {{ as_text(rounded(expression, 0)) }}
                    else {{ as_text(rounded(expression, decimals)) }}
                end
{%- endmacro %}


{#- For a test: returns the query of sentences in the call block, and also logs each sentence as a
    warning or, with `fail`, stops the test with them. dbt alone only says how many rows a test
    returned. -#}
{% macro said(severity) -%}
    {%- set query = caller() -%}
    {%- if execute and flags.WHICH in ('build', 'test', 'retry') -%}
        {%- set sentences = run_query(query).columns[0].values() -%}
        {%- if sentences and severity == 'fail' -%}
            {{ exceptions.raise_compiler_error(sentences | join(' ')) }}
        {%- endif -%}
        {%- for sentence in sentences -%}
            {%- do exceptions.warn(sentence) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ query }}
{%- endmacro %}

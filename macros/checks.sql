{#- Checks of what comes in: measured against limits, and told in sentences. -#}

{#- A share as text such as 12.5 %. -#}
{% macro percent_text(expression) -%}
    {{ return(rounded_text('100 * ' ~ expression, 1) ~ " || ' %'") }}
{%- endmacro %}


{#- A row of `measures`: the value of a check, and a text of what was found. Null: there is nothing
    to measure, and the text says why. -#}
{% macro measured(check_name, value, finding) -%}
    select
        '{{ check_name }}' as check_name,
        {{ as_double(value) }} as value,
        {{ finding }} as finding
{%- endmacro %}


{#- The checks judged: one row for each row of the CTE `measures` (check_name, value, finding), and
    one, `overall`, that begins with `passed` where all are ok and with `objected` where not. -#}
{% macro judged_checks(passed, objected) -%}
    limits as (
        {%- for name, check in checks_setting().items() %}
        {{ 'union all' if not loop.first }}
        select
            '{{ name }}' as check_name,
            {%- for severity in ['warn', 'fail'] %}
            {{ as_double('null' if check[severity] is none else check[severity]) }}
                as {{ severity }}_limit,
            {%- endfor %}
            '{{ check.kind }}' as limit_kind,
            {%- for severity in ['warn', 'fail'] %}
            '{{ ', above ' if check.kind == 'upper' else ', below ' }}
            {{- limit_text(check, severity) }}' as {{ severity }}_text,
            {%- endfor %}
            '{{ check.advice }}' as advice
        {%- endfor %}
    ),

    compared as (
        select
            measures.*,
            limits.warn_limit,
            limits.fail_limit,
            limits.limit_kind,
            limits.warn_text,
            limits.fail_text,
            limits.advice,
            case
                {%- for severity in ['fail', 'warn'] %}
                when
                    (limits.limit_kind = 'upper' and measures.value > limits.{{ severity }}_limit)
                    or (
                        limits.limit_kind = 'lower'
                        and measures.value < limits.{{ severity }}_limit
                    )
                    then '{{ severity }}'
                {%- endfor %}
                else 'ok'
            end as status
        from measures
        inner join limits
            on measures.check_name = limits.check_name
    ),

    judged as (
        select
            check_name,
            value,
            warn_limit,
            fail_limit,
            limit_kind,
            status,
            finding
            || case
                when status = 'fail' then fail_text || ': ' || advice
                when status = 'warn' then warn_text || ': ' || advice
                else ''
            end
            || '.' as verdict
        from compared
    ),

    objections as (
        select
            cast(sum(case when status <> 'ok' then 1 else 0 end) as {{ type_double() }}) as value,
            -- fail, ok, warn: neither end of the alphabet is the worst.
            case
                when max(case when status = 'fail' then 1 else 0 end) = 1 then 'fail'
                when max(case when status = 'warn' then 1 else 0 end) = 1 then 'warn'
                else 'ok'
            end as status,
            {{ texts_joined(
                "case when status <> 'ok' then verdict end", "' '", 'order by status, check_name'
            ) }} as verdicts
        from judged
    ),

    overall as (
        select
            'overall' as check_name,
            value,
            {{ as_double('0') }} as warn_limit,
            {{ as_double('null') }} as fail_limit,
            'upper' as limit_kind,
            status,
            case when value = 0 then '{{ passed }}' else '{{ objected }} ' || verdicts end as verdict
        from objections
    )
{%- endmacro %}


{#- A limit in words: 35 %, 14 days, 100. -#}
{% macro limit_text(check, severity) -%}
    {%- set limit = check[severity] -%}
    {%- if limit is none -%}
        {{ return('no limit') }}
    {%- elif check.unit == 'share' -%}
        {{ return(((limit | float * 100) | round(4) | string).removesuffix('.0') ~ ' %') }}
    {%- endif -%}
    {{ return(limit | string ~ (' days' if check.unit == 'days' else '')) }}
{%- endmacro %}


{#- Says the verdicts of the checks with a status in the log: warns of each, or ends a test with
    all of them. For tests; their own rows say only how many there are. -#}
{% macro say_verdicts(checks, status) -%}
    {%- if execute and flags.WHICH in ('build', 'test', 'retry') -%}
        {%- set verdicts = run_query(
            'select verdict from ' ~ checks ~ " where status = '" ~ status
            ~ "' and check_name <> 'overall' order by check_name"
        ).columns[0].values() -%}
        {%- if verdicts and status == 'fail' -%}
            {{ exceptions.raise_compiler_error(
                verdicts | join(' ') ~ ' The variable check_limits moves the limits.'
            ) }}
        {%- endif -%}
        {%- for verdict in verdicts -%}
            {%- do exceptions.warn(verdict) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

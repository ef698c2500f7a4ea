{#- How the amount of a line is read: factors, refunds, returns and currencies. -#}

{#- An amount as the text that came: factors joined by ' * '. -#}
{% macro amount_text(factors) -%}
    {%- set texts = [] -%}
    {%- for factor in factors -%}
        {%- do texts.append(factor if factor.startswith("'") else as_text(factor)) -%}
    {%- endfor -%}
    {{ return(texts | join(" || ' * ' || ")) }}
{%- endmacro %}


{#- A factor of an amount in the form to cast and, if that gives null, in a second form: there a
    minus may follow the number or, if a decimal separator is set, brackets may surround it. Then
    spaces and apostrophes may stand between thousands, too. -#}
{% macro factor_forms(source, factor) -%}
    {%- set decimals = source['decimal_separator'] -%}
    {%- if factor.startswith("'") -%}{{ return([factor]) }}{%- endif -%}
    {%- set text = as_text(factor) -%}
    {%- if source['currency_sign'] -%}
        {%- set text = 'replace(' ~ text ~ ', ' ~ text_literal(source['currency_sign']) ~ ", '')" -%}
    {%- endif -%}
    {%- if decimals -%}
        {%- set from, to = "'\u2019\u00a0\u202f\u2009\u2212", '     -' -%}
        {%- set text = 'trim(translate(' ~ text ~ ', ' ~ text_literal(from) ~ ", '" ~ to ~ "'))" -%}
    {%- endif -%}
    {%- set signed = sign_in_front(text, decimals is not none) -%}
    {{ return(
        [plain_number(text, decimals), plain_number(signed, decimals)] if decimals
        else [factor, signed]
    ) }}
{%- endmacro %}


{#- The exact product of factors; null if one cannot be read or the product does not fit. -#}
{% macro exact_product(source, factors) -%}
    {%- set product = [] -%}
    {%- for part in factors -%}
        {%- set casts = [] -%}
        {%- for form in factor_forms(source, part) -%}
            {%- do casts.append(try_cast_as(form, 'decimal(18, 4)')) -%}
        {%- endfor -%}
        {%- set factor = casts[0] if casts | length == 1 else 'coalesce(' ~ casts | join(', ') ~ ')' -%}
        {%- if product -%}
            {%- do product.append(try_multiply(
                'cast(' ~ product.pop() ~ ' as ' ~ product_type(loop.index0) ~ ')', factor
            )) -%}
        {%- else -%}
            {%- do product.append(factor) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(try_cast_as(product[0], 'decimal(18, 4)')) }}
{%- endmacro %}


{#- SQL that subtracts each of a list of expressions; a blank one subtracts nothing. -#}
{% macro less(source, expressions) -%}
    {%- set parts = [] -%}
    {%- for factors in expressions -%}
        {%- set blanks = [] -%}
        {%- for factor in factors if not factor.startswith("'") -%}
            {%- do blanks.append(is_blank(as_text(factor))) -%}
        {%- endfor -%}
        {%- do parts.append(
            ' - case when ' ~ blanks | join(' or ') ~ ' then 0 else '
            ~ exact_product(source, factors) ~ ' end'
        ) -%}
    {%- endfor -%}
    {{ return(parts | join) }}
{%- endmacro %}


{#- The amount of a line from its own columns, in the line's currency. A line with nothing but what
    is subtracted is a return: debits and credits in two columns. -#}
{% macro line_amount(source) -%}
    {%- set amount = exact_product(source, source['amount']) -%}
    {%- if source['return_filters'] -%}
        {%- set amount = 'case when ' ~ passes(source['return_filters']) ~ ' then -abs(' ~ amount
            ~ ') else ' ~ amount ~ ' end' -%}
    {%- endif -%}
    {%- if not source['subtract'] or source['is_spread'] -%}{{ return(amount) }}{%- endif -%}
    {%- set subtracted = 'cast(0 as decimal(18, 4))' ~ less(source, source['subtract']) -%}
    {%- set amount = 'case when ' ~ is_blank(amount_text(source['amount'])) ~ ' then nullif(' ~ subtracted
        ~ ', 0) else ' ~ amount ~ less(source, source['subtract']) ~ ' end' -%}
    {{ return(try_cast_as(amount, 'decimal(18, 4)')) }}
{%- endmacro %}


{#- Whether a value to subtract or to add as a return is present but cannot be read. -#}
{% macro refund_is_unreadable(source) -%}
    {%- set conditions = [] -%}
    {%- for factors in source['subtract'] + source['returns'] -%}
        {%- do conditions.append(
            'cast(0 as decimal(18, 4))' ~ less(source, [factors]) ~ ' is null'
        ) -%}
    {%- endfor -%}
    {{ return(conditions | join(' or ')) }}
{%- endmacro %}


{#- The refund of a line, as the amount of a return in the line's currency. -#}
{% macro return_amount(source) -%}
    {{ return(try_cast_as('cast(0 as decimal(18, 4))' ~ less(source, source['returns']), 'decimal(18, 4)')) }}
{%- endmacro %}


{#- An amount in the reporting currency, if its own currency has a rate. -#}
{% macro in_one_currency(source, amount) -%}
    {%- set rates = [] -%}
    {%- for currency, rate in source['currency_rates'].items() if rate -%}
        {%- do rates.append("when '" ~ currency ~ "' then cast(" ~ rate ~ ' as decimal(18, 9))') -%}
    {%- endfor -%}
    {%- if not rates or not source['currency'] -%}{{ return(amount) }}{%- endif -%}
    {{ return(try_cast_as(
        try_multiply(
            'cast(' ~ amount ~ ' as decimal(18, 4))',
            'case ' ~ currency_code(source) ~ ' ' ~ rates | join(' ') ~ ' else 1 end'
        ),
        'decimal(18, 4)'
    )) }}
{%- endmacro %}


{#- Whether all columns that are multiplied into an amount are negative: a return, written twice? -#}
{% macro has_negative_factors(source) -%}
    {%- set conditions = [] -%}
    {%- for factor in source['amount'] if not factor.startswith("'") -%}
        {%- do conditions.append('trim(' ~ as_text(factor) ~ ") like '-%'") -%}
    {%- endfor -%}
    {{ return(conditions | join(' and ') if conditions | length > 1 else '1 = 0') }}
{%- endmacro %}


{#- Whether a line is a return, by its amount or else by the minus or brackets around it. -#}
{% macro is_return(amount, text) -%}
    {{ return(
        'coalesce(' ~ amount ~ ' < 0, ' ~ matches(text, '[(]|(^|[* ])-|- *$') ~ ', false)'
    ) }}
{%- endmacro %}


{#- The currency of a line, unchanged; null if no column is mapped to it. -#}
{% macro currency_text(source) -%}
    {{ return(as_text(source['currency'] or 'null')) }}
{%- endmacro %}


{#- The currency of a line, in the form of the settings. -#}
{% macro currency_code(source) -%}
    {{ return('upper(trim(' ~ currency_text(source) ~ '))') }}
{%- endmacro %}


{#- Whether a currency column is mapped and a reporting currency is named: then lines in currencies
    without a rate are rejected. -#}
{% macro currencies_are_checked(source) -%}
    {{ return(source['currency'] is not none and source['currency_rates'] != {}) }}
{%- endmacro %}


{#- Whether the currency of a line has no rate. -#}
{% macro currency_is_unknown(source) -%}
    {{ return(
        'coalesce(' ~ currency_code(source) ~ ", '') not in ('"
        ~ source['currency_rates'] | join("', '") ~ "')"
        if currencies_are_checked(source) else '1 = 0'
    ) }}
{%- endmacro %}

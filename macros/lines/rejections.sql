{#- Why a line is rejected. -#}

{#- Why the amount of a line that has an amount text is null. -#}
{% macro amount_fault(source) -%}
    {%- set not_finite, readable = [], [] -%}
    {%- for factor in source['amount'] -%}
        {%- set forms = factor_forms(source, factor) -%}
        {%- do not_finite.append(
            'lower(trim(' ~ as_text(forms[0]) ~ '))'
            ~ " in ('nan', '-nan', '+nan', 'inf', '-inf', '+inf',"
            ~ " 'infinity', '-infinity', '+infinity')"
        ) -%}
        {%- set casts = [] -%}
        {%- for form in forms -%}{%- do casts.append(try_cast_as(form, type_double())) -%}{%- endfor -%}
        {%- do readable.append('coalesce(' ~ casts | join(', ') ~ ', null) is not null') -%}
    {%- endfor -%}
    case
                    when {{ not_finite | join(' or ') }} then 'not finite amount'
                    when {{ readable | join(' and ') }} then 'amount out of range'
                    else 'unreadable amount'
                end
{%- endmacro %}


{#- The reasons that the settings ask for: these lines are not lost. -#}
{% macro reasons_asked_for() -%}
    {{ return("('left out by lines_where', 'guest', 'exact duplicate')") }}
{%- endmacro %}


{#- The reasons of lines that nobody is known to have bought, but are usable otherwise. -#}
{% macro guest_reasons() -%}
    {{ return("('no customer', 'guest')") }}
{%- endmacro %}


{#- The reasons normal for every shop or asked for by a setting. They are not reading errors. -#}
{% macro usual_reasons() -%}
    {{ return(
        "('no customer', 'no money moved', 'total of other lines', 'before the first date',"
        ~ " 'after the last date')"
    ) }}
{%- endmacro %}


{#- The value of a rejected line that could not be read; null if the reason is none of a value. -#}
{% macro rejected_value() -%}
    substring(
            case
                when rejection_reason in ('unreadable date', 'date out of range') then purchased_at
                when rejection_reason = 'unreadable amount' then amount
                when rejection_reason = 'unknown currency' then currency
            end,
            1,
            40
        )
{%- endmacro %}


{#- The column of the source that a reason for a rejection is about, such as ' in Net'; else ''. -#}
{% macro rejected_column() -%}
    {%- set keys = {
        'date': 'columns.purchased_at', 'amount': 'columns.amount', 'refund': 'subtract',
        'currency': 'columns.currency', 'transaction id': 'columns.transaction_id'
    } -%}
    {%- set cases = [] -%}
    {%- for word, key in keys.items() -%}
        {%- set columns = [] -%}
        {%- for input in source_settings()['inputs']
            if input.key == key or (word == 'refund' and input.key == 'returns') -%}
            {%- do columns.append(input.column) -%}
        {%- endfor -%}
        {%- if columns -%}
            {%- do cases.append(
                "when rejection_reason like '%" ~ word ~ "%' then "
                ~ text_literal(' in ' ~ columns | unique | join(' or '))
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return('case ' ~ cases | join(' ') ~ " else '' end") }}
{%- endmacro %}


{#- Why a typed line cannot be used, regardless of other lines; null if it can. Text is looked at
    only where a cast gave null, because casting dates and amounts to text is slow. -#}
{% macro line_fault(source) -%}
    case
            {%- if source['filters'] %}
            when not counts then 'left out by lines_where'
            {%- endif %}
            when {{ is_blank('transaction_id') }} then 'no transaction id'
            when {{ is_total_row('transaction_id') }} then 'total of other lines'
            when purchased_on is null
                then case
                    when {{ is_blank(as_text(source['purchased_at'])) }} then 'no date'
                    else 'unreadable date'
                end
            {#- Typos such as the year 0201 or 9999 would otherwise set the snapshot date. #}
            when
                purchased_on < cast('1900-01-01' as date)
                or purchased_on > cast('2199-12-31' as date)
                then 'date out of range'
            {%- if source['first_date'] %}
            when purchased_on < cast('{{ source['first_date'] }}' as date) then 'before the first date'
            {%- endif %}
            {%- if source['last_date'] %}
            when purchased_on > cast('{{ source['last_date'] }}' as date) then 'after the last date'
            {%- endif %}
            {%- if source['subtract'] or source['returns'] %}
            when {{ refund_is_unreadable(source) }} then 'unreadable refund'
            {%- endif %}
            {%- if source['is_spread'] %}
            when order_amount is null or least_order_amount <> most_order_amount
                then 'unclear order total'
            {%- endif %}
            when amount is null
                then case
                    when {{ is_blank(amount_text(source['amount'])) }} then 'no amount'
                    else {{ amount_fault(source) }}
                end
            {%- if currencies_are_checked(source) %}
            when {{ is_blank(currency_text(source)) }} then 'no currency'
            when {{ currency_is_unknown(source) }} then 'unknown currency'
            {%- endif %}
            when amount = 0 then 'no money moved'
            {%- if source['amount'] | length > 1 %}
            when amount > 0 and {{ has_negative_factors(source) }} then 'several negative factors'
            {%- endif %}
            {#- Last, so lines without a customer are known to be usable otherwise. #}
            when {{ is_blank('customer_id') }} then 'no customer'
            {%- if source['guest_ids'] %}
            when {{ is_guest(source, 'customer_id') }} then 'guest'
            {%- endif %}
        end
{%- endmacro %}


{#- Whether a line is a total of others, which reports put at the end, or below each group. One
    pattern: it is tried on every line. -#}
{% macro is_total_row(transaction_id) -%}
    {{ return(matches(
        'lower(' ~ transaction_id ~ ')',
        '^ *(totals?|total:|totale|totaal|grand total|subtotal|sum|summe|gesamt|gesamtsumme) *$'
        ~ '|^ *(total|subtotal|summe|zwischensumme) '
    )) }}
{%- endmacro %}

{#- What a line takes from its order: values that stand on one line only, and shares of totals. -#}

{#- The lines of an order within its file, for a window function. -#}
{% macro of_its_order(source) -%}
    {%- set columns = ['source_file'] -%}
    {%- for name in source['transaction_id'] -%}
        {%- do columns.append('source_day' if name == 'purchased_on' else name) -%}
    {%- endfor -%}
    {{ return('partition by ' ~ columns | join(', ')) }}
{%- endmacro %}


{#- A value that may be filled on only one line of an order, copied to all its lines. If the order
    has several values, a line without one stays empty. -#}
{% macro carried_value(source, column) -%}
    {%- set value = "nullif(trim(" ~ as_text(column) ~ "), '')" -%}
    {%- set window = ' over (' ~ of_its_order(source) ~ ')' -%}
    {{ return(
        'coalesce(' ~ value ~ ', case when min(' ~ value ~ ')' ~ window ~ ' = max(' ~ value ~ ')'
        ~ window ~ ' then min(' ~ value ~ ')' ~ window ~ ' end)'
    ) }}
{%- endmacro %}


{#- Whether a line is the one with its order's values; null if no columns are copied. -#}
{% macro is_first_line(source) -%}
    {%- set texts = [] -%}
    {%- for input in source['inputs'] if input.is_carried -%}
        {%- do texts.append('not ' ~ is_blank(as_text(input.alias))) -%}
    {%- endfor -%}
    {{ return(texts | join(' or ') if texts else 'cast(null as boolean)') }}
{%- endmacro %}


{#- Whether a line has a value of each filter, such as those of `lines_where`. -#}
{% macro passes(filters) -%}
    {%- set conditions = ['1 = 1'] if not filters else [] -%}
    {%- for filter in filters -%}
        {%- set literals = [] -%}
        {%- for value in filter['values'] -%}{%- do literals.append(text_literal(value)) -%}{%- endfor -%}
        {%- do conditions.append(
            'coalesce(lower(trim(' ~ as_text(filter['alias']) ~ ")), '') in ("
            ~ literals | join(', ') ~ ')'
        ) -%}
    {%- endfor -%}
    {{ return(conditions | join(' and ')) }}
{%- endmacro %}


{#- The amount of an order in its own currency: its total, or else the sum of its lines, less what
    is subtracted from it. -#}
{% macro order_amount(source) -%}
    {%- set total = exact_product(source, source['order_total']) if source['order_total']
        else 'sum(case when counts then own_amount end) over (' ~ of_its_order(source) ~ ')' -%}
    {{ return(try_cast_as(total ~ less(source, source['subtract']), 'decimal(18, 4)')) }}
{%- endmacro %}


{#- A line's share of its order: the running total up to this line, rounded, less the one before
    it, rounded, so that the shares add up to the order exactly. -#}
{% macro share_of_order() -%}
    {%- set shares = [] -%}
    {%- for weight in ['weight_to_here', 'weight_to_here - weight'] -%}
        {%- do shares.append(
            'cast(round(' ~ as_double('order_amount') ~ ' * ' ~ as_double(weight) ~ ' / nullif('
            ~ as_double('order_weight') ~ ', 0), 4) as decimal(18, 4))'
        ) -%}
    {%- endfor -%}
    {{ return('case when own_amount is not null then ' ~ shares | join(' - ') ~ ' end') }}
{%- endmacro %}

{#- How ids are read, and which lines have no customer. -#}

{#- The transaction of a line: one id, or several columns joined so that different values stay
    different. Null if any of them is missing. -#}
{% macro transaction_id_text(source) -%}
    {%- if source['transaction_id'] | length == 1 -%}
        {{ return(as_text(source['transaction_id'][0])) }}
    {%- endif -%}
    {%- set blanks, texts = [], [] -%}
    {%- for name in source['transaction_id'] -%}
        {%- set text = as_text('source_day' if name == 'purchased_on' else name) -%}
        {%- do blanks.append(is_blank(text)) -%}
        {%- do texts.append("replace(replace(" ~ text ~ ", '~', '~0'), '/', '~1')") -%}
    {%- endfor -%}
    {{ return(
        'case when not (' ~ blanks | join(' or ') ~ ') then ' ~ texts | join(" || '/' || ") ~ ' end'
    ) }}
{%- endmacro %}


{#- A customer id as text, in the form in which `customer_id_rule` compares ids. -#}
{% macro customer_id_text(source, column) -%}
    {%- set text = as_text(column) -%}
    {{ return({
        'exact': text,
        'trim': trimmed(text),
        'fold': folded_id(text),
    }[source['customer_id_rule']]) }}
{%- endmacro %}


{#- An id without outer spaces, in lower case, and without the .0 that spreadsheets add. -#}
{% macro folded_id(text) -%}
    {{ return('lower(' ~ without_point_zero(trimmed(text)) ~ ')') }}
{%- endmacro %}


{#- A text without outer spaces; tabs and no-break spaces become spaces first. -#}
{% macro trimmed(text) -%}
    {{ return("trim(translate(" ~ text ~ ", '\t\u00a0', '  '))") }}
{%- endmacro %}


{#- Whether an id does not identify a customer, by `guest_ids`. -#}
{% macro is_guest(source, customer_id) -%}
    {%- set literals = [] -%}
    {%- for id in source['guest_ids'] -%}{%- do literals.append(text_literal(id)) -%}{%- endfor -%}
    {{ return(
        'lower(trim(' ~ customer_id ~ ')) in (' ~ literals | join(', ') ~ ')' if literals else '1 = 0'
    ) }}
{%- endmacro %}

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


{#- A folded id as a person reads it, to find one that is written in several ways: without accents,
    quotes, leading zeros, the name before an e-mail address and its +tag, the signs in a telephone
    number, and what stands between letters and a number. Accents may be characters of their own, and
    Cyrillic letters may look like Latin ones. Most ids have none of these, and finding that out first
    takes a fifth of the time. -#}
{% macro id_as_read(folded_id) -%}
    {%- set from = 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ\u0430\u0432\u0441\u0435\u043d\u043a\u043c\u043e\u0440'
        ~ '\u0442\u0445\u0443\u0456\u0300\u0301\u0302\u0303\u0308\u030a\u0327="<>' -%}
    {%- set to = 'aaaaaaceeeeiiiinooooouuuuyyabcehkmoptxyi' -%}
    {%- set text = 'case when ' ~ folded_id ~ " like '%<%' then regexp_replace(" ~ folded_id
        ~ ", '^[^@]*<', '') when " ~ folded_id ~ " like '+%' then translate(" ~ folded_id
        ~ ", '+ ()-/.', '') else " ~ folded_id ~ ' end' -%}
    {%- set text = 'translate(' ~ text ~ ", '" ~ from ~ "', '" ~ to ~ "')" -%}
    {%- set text = 'regexp_replace(' ~ text ~ ', ' ~ text_literal("^[0']+") ~ ", '')" -%}
    {%- set text = 'regexp_replace(' ~ text ~ ", '[+][^@]*@', '@')" -%}
    {%- set mark = regexp_group() -%}
    {{ return(
        'case when ' ~ matches(folded_id, '^[a-z1-9][a-z0-9@.]*$') ~ ' then ' ~ folded_id
        ~ ' else regexp_replace(' ~ text ~ ", '([a-z])[ \u00a0_-]+([0-9])', '" ~ mark ~ '1' ~ mark
        ~ "2') end"
    ) }}
{%- endmacro %}


{#- What the ids of one system have in common: cust- for CUST-00123, nothing for a number. -#}
{% macro id_form(text) -%}
    {{ return('translate(' ~ folded_id(text) ~ ", '0123456789', '')") }}
{%- endmacro %}


{#- A text without outer spaces; tabs and no-break spaces become spaces first, and characters without
    a width are removed. -#}
{% macro trimmed(text) -%}
    {{ return("trim(translate(" ~ text ~ ", '\t\u00a0\u202f\u200b\ufeff', '   '))") }}
{%- endmacro %}


{#- Whether an id does not identify a customer, by `guest_ids`. -#}
{% macro is_guest(source, customer_id) -%}
    {%- set literals = [] -%}
    {%- for id in source['guest_ids'] -%}{%- do literals.append(text_literal(id)) -%}{%- endfor -%}
    {{ return(
        'lower(trim(' ~ customer_id ~ ')) in (' ~ literals | join(', ') ~ ')' if literals else '1 = 0'
    ) }}
{%- endmacro %}

{#- Columns of the source that no setting reads, but that say that a line may be no sale. -#}

{#- Those columns, as [{column, kind}]. A query at compile time, because only the warehouse knows
    the columns; without a warehouse, or before the source exists, there are none. -#}
{% macro unmapped_columns(source) -%}
    {%- if not execute or flags.WHICH not in ('build', 'run', 'test', 'retry') -%}
        {{ return([]) }}
    {%- endif -%}
    {%- if lines_are_in_files(source) -%}
        {%- set found = run_query(
            'select count(*) from glob(' ~ text_literal(source['lines']) ~ ')'
        ).rows[0][0] > 0 -%}
    {%- else -%}
        {%- set relation = transactions_source(source) -%}
        {%- set found = not relation.is_cte and load_relation(relation) is not none -%}
    {%- endif -%}
    {%- if not found -%}{{ return([]) }}{%- endif -%}
    {%- set read = source['inputs'] | map(attribute='column') | map('lower') | list -%}
    {#- In this order: one line shows one sign. -#}
    {%- set patterns = {
        'refund': 'refund|chargeback|erstatt|rembours|reembols|rimbors',
        'side': 'soll.?haben|debit.?credit|dr.?cr|^[ds].?[ch]$|vorzeichen|(^|[_ ])sign($|[_ ])'
            ~ '|(line|row|record|entry)[_ ]?type',
        'code': 'status|statut|(document|doc|transaction|invoice|voucher)[_ ]?type|^type$'
            ~ '|(order|current)[_ ]state$|situa|(^|[_ ])[eé]tat|^sta[vn]$|durum|^tila$'
            ~ '|(beleg|faktura|auftrags|buchungs)art|^(fk|au)art$',
        'status': 'estado|stato|zustand|type|kind|beleg|vorgang|phase|outcome|result|stage'
            ~ '|^((payment|invoice)[_ ]?)?state$',
        'flag': 'cancel|annul|void|storn|deleted|return|retour|(^|[_ ])test($|[_ ])',
        'delivery': '^payment$|(fulfil|ship|deliver|versand).*stat(e|us)$',
        'trial': 'gateway|payment.?method|environment|^(order[_ ]?)?tags$',
        'truth': 'livemode|^(is[_ ]?)?(paid|captured|confirmed|valid|completed|bezahlt)$',
        'quantity': 'quantity|(^|[_ ])(qty|units|pieces|pcs)($|[_ ])|menge|anzahl|quantit|cantidad' if is_price(source)
            else '(?!)',
        'price unit': 'peinh|price[_ ]?unit|preiseinheit',
        'discount': '(?!)' if source['order_total'] or source['subtract']
            else 'discount|rabatt|remise|descuento|sconto|coupon.amount',
        'currency': '(?!)' if source['currency']
            else 'currency|(^|[_ ])w.hrung|devise|moneda|valuta|^(curr?|ccy|waer[ks]|whg)$',
    } -%}
    {%- set no_sign = '[_ ]id$|fulfil|ship|deliver|versand|returnable|polic'
        ~ '|(payment|card|tender|customer|client|product|item|account|discount|coupon)[_ ]?(type|kind)' -%}
    {%- set columns = [] -%}
    {%- for column in columns_of_source(source) if column | lower not in read -%}
        {%- for kind, pattern in patterns.items()
            if modules.re.search(pattern, column | lower)
            and (kind == 'delivery' or not modules.re.search(no_sign, column | lower)) -%}
            {%- if columns | map(attribute='column') | select('equalto', column) | list == [] -%}
                {%- do columns.append({'column': column, 'kind': kind}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#- All columns of the source. -#}
{% macro columns_of_source(source) -%}
    {%- set query = 'select * from ' ~ transactions_source(source) ~ ' as source_lines where 1 = 0' -%}
    {{ return(
        get_column_schema_from_query(query) | map(attribute='name')
        | reject('equalto', file_column()) | list
    ) }}
{%- endmacro %}


{#- Whether the amount is a price alone, which a quantity would have to multiply. -#}
{% macro is_price(source) -%}
    {%- set columns = source['inputs'] | selectattr('key', 'equalto', 'columns.amount')
        | map(attribute='column') | list -%}
    {{ return(
        columns | length == 1
        and modules.re.search(
            'price|preis|prix|precio|prezzo|(^|[_ ])(rate|cost)($|[_ ])', columns[0] | lower
        ) is not none
    ) }}
{%- endmacro %}


{#- What one of these columns says against a line, such as `Status: voided`, `Refunded Amount` or
    `Currency = usd`; null if nothing. -#}
{% macro unmapped_sign(source) -%}
    {%- set unsold = 'fail|cancel|void|declin|denied|expire|abandon|draft|pending|await|on.?hold|hold(ed|on)'
        ~ '|unpaid|not paid|reject|refund|trash|delet|return|chargeback|disput|fraud|revers|incomplete|credit'
        ~ '|closed|(^|[^a-z])(open|quote|estimate|(item)?fees?|test)($|[^a-z])|uncollect|overdue|parked|layaway'
        ~ '|pro.?forma|payout|withdraw|conversion|storn|abgebroch|offen|unbezahlt|fehlgeschl|ausstehend'
        ~ '|angebot|entwurf|gutschrift|retour|annul|anul|devol|reso|pendiente|attente|attesa|authori[sz]'
        ~ '|block|(^|[^a-z])(lost|sample|internal)($|[^a-z])|zur[uü]ck|abgelehnt|r[uü]ckl|avbrut|makuler'
        ~ '|peruttu|afvent|mislukt|wacht|r[ei]mbors|rembours|reembols|rechaz|rifiut|aguardando|estornad'
        ~ '|recusad|impay|[eé]chou|zwr[oó]|oczek|odrzuc|nieop|zru[sš]|vr[aá]cen|iptal' -%}
    {%- set cases, codes = [], [] -%}
    {%- for unmapped in unmapped_columns(source) -%}
        {%- set text = "coalesce(lower(trim(" ~ as_text(quoted_column(unmapped.column)) ~ ")), '')" -%}
        {%- set name = text_literal(unmapped.column) -%}
        {%- if unmapped.kind in ('status', 'code') -%}
            {%- do cases.append(
                'when ' ~ matches(text, unsold) ~ ' then ' ~ name ~ " || ': ' || " ~ text
            ) -%}
        {%- elif unmapped.kind == 'delivery' -%}
            {%- do cases.append(
                'when ' ~ matches(text, 'cancel|void|storn|annul|anul|return|retour|refund|lost|unpaid|not paid|fail')
                ~ ' then ' ~ name ~ " || ': ' || " ~ text
            ) -%}
        {%- elif unmapped.kind == 'trial' -%}
            {%- do cases.append(
                'when ' ~ matches(text, 'bogus|sandbox|(^|[^a-z])test(ing)?($|[^a-z])') ~ ' then '
                ~ name ~ " || ': ' || " ~ text
            ) -%}
        {%- elif unmapped.kind == 'truth' -%}
            {%- do cases.append(
                'when ' ~ matches(text, '^(0|f|false|n|no|nein|non)$') ~ ' then ' ~ name ~ " || ': ' || " ~ text
            ) -%}
        {%- elif unmapped.kind == 'refund' -%}
            {%- do cases.append(
                'when ' ~ matches(text, '[1-9]|^(t|true|y|yes|x|ja|oui|si|full.*|partial.*)$') ~ ' then ' ~ name
            ) -%}
        {%- elif unmapped.kind == 'discount' -%}
            {%- do cases.append('when ' ~ matches(text, '[1-9]') ~ ' then ' ~ name) -%}
        {%- elif unmapped.kind in ('quantity', 'price unit') -%}
            {%- do cases.append(
                'when ' ~ text ~ " not in ('', '1', '1.0', '1.00') then " ~ name ~ " || ' above 1'"
            ) -%}
        {%- elif unmapped.kind == 'flag' -%}
            {%- do cases.append(
                'when not ' ~ matches(text, '^(0([.,]0*)?|false|f|no|n|nein|none|null|-|)$')
                ~ ' then ' ~ name
            ) -%}
        {%- endif -%}
        {%- if unmapped.kind in ('currency', 'side', 'code') -%}
            {%- set value = '' if unmapped.kind != 'code'
                else '^[0-9]{1,2}$' if 'state' in unmapped.column | lower else '^[a-z]{0,2}[0-9]{0,2}$' -%}
            {%- set label = text_literal(', ' ~ unmapped.column ~ ' = ') -%}
            {%- do codes.append(
                'case when ' ~ text ~ " <> '' and " ~ matches(text, value) ~ ' then ' ~ label ~ ' || '
                ~ text ~ " else '' end"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- Values of which only the less common combinations are a sign, and only if there is no other. -#}
    {%- set code = 'nullif(substring(' ~ codes | join(' || ') ~ ", 3), '')" if codes else as_text('null') -%}
    {{ return('case ' ~ cases | join(' ') ~ ' else ' ~ code ~ ' end' if cases else code) }}
{%- endmacro %}


{#- Warns if the columns of the source are those of a ready-made format that reads more of them. -#}
{% macro suggest_format(source, present) -%}
    {%- set folded = present | map('lower') | list -%}
    {%- set read = source['inputs'] | map(attribute='column') | map('lower') | list -%}
    {%- for name in source_formats() -%}
        {%- set needed = columns_of_format(name) -%}
        {%- set more = [] -%}
        {%- for column in needed if column | lower not in read -%}{%- do more.append(column) -%}{%- endfor -%}
        {%- if more and needed | map('lower') | reject('in', folded) | list == [] -%}
            {%- do exceptions.warn(
                'The columns of ' ~ source['lines'] ~ ' are those of the format ' ~ name
                ~ ', which also reads ' ~ more | join(', ') ~ ': set source: {format: ' ~ name
                ~ '}, or name these columns in source yourself.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- The columns that a ready-made format reads. -#}
{% macro columns_of_format(name) -%}
    {%- set format = source_formats()[name] -%}
    {%- set expressions = format.get('lines_where', {}).keys() | list -%}
    {%- for key in ['subtract', 'returns', 'order_total'] if key in format -%}
        {%- do expressions.append(format[key]) -%}
    {%- endfor -%}
    {%- for column in format['columns'].values() -%}
        {%- do expressions.extend([column] if column is string else column) -%}
    {%- endfor -%}
    {%- set columns = [] -%}
    {%- for expression in expressions if expression != 'purchased_on' -%}
        {%- do columns.extend(factor_texts(expression)) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

-- No line is kept of a part that is gone or another.
{%- for kept in [ref('int_transaction_lines'), ref('int_refused_lines')] %}
{{ 'union all' if not loop.first }}
select part_key
from {{ kept }}
where part_key not in (
    select source_parts.part_key from {{ ref('int_source_parts') }} as source_parts
)
{%- endfor %}

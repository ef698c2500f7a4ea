-- No loaded line belongs to a partition that is gone or has changed.
{%- for kept in [ref('int_transaction_lines'), ref('int_rejected_lines')] %}
{{ 'union all' if not loop.first }}
select kept.part_key
from {{ kept }} as kept
left join {{ ref('int_source_parts') }} as source_parts
    on kept.part_key = source_parts.part_key
where source_parts.part_key is null
{%- endfor %}

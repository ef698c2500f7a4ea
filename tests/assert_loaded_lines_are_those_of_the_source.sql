-- No loaded line belongs to a partition that is gone or has changed.
{%- for loaded in ['int_loaded_lines', 'int_rejected_lines'] %}
{{ 'union all' if not loop.first }}
select loaded.fingerprint
from {{ ref(loaded) }} as loaded
left join {{ ref('int_source_partitions') }} as source_partitions
    on loaded.fingerprint = source_partitions.fingerprint
where source_partitions.fingerprint is null
{%- endfor %}

-- No line is kept of a part that is gone or another, and each refused one is shown.
with

stale as (
    select count(*) as line_count
    from {{ ref('int_transaction_lines') }}
    where part_key not in (select source_parts.part_key from {{ ref('int_source_parts') }} as source_parts)
),

refused as (
    select count(*) as line_count
    from {{ ref('int_transaction_lines') }}
    where rejection_reason is not null
),

shown as (
    select count(*) as line_count
    from {{ ref('rejected_transactions') }}
)

select
    stale.line_count as stale_lines,
    refused.line_count as refused_lines,
    shown.line_count as refused_lines_shown
from stale
cross join refused
cross join shown
where stale.line_count > 0 or refused.line_count <> shown.line_count

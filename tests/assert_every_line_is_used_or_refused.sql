-- No line and no money is lost or doubled on the way from the source to the kept lines. Of the parts
-- that this refresh read: the others were compared when they were. One row per part that does not
-- add up: what is left of it.
with

source_totals as (
    select
        {{ source_part() }} as part,
        count(*) as line_count,
        sum({{ transaction_amount() }}) as line_money
    from {{ transactions_source() }}
    where {{ of_parts(source_part(), parts_just_read()) }}
    group by {{ source_part() }}
),

kept_totals as (
    select
        source_parts.part,
        count(*) as line_count,
        sum(lines.amount) as line_money
    from {{ ref('int_transaction_lines') }} as lines
    inner join {{ ref('int_source_parts') }} as source_parts
        on lines.part_key = source_parts.part_key
    where {{ of_parts('source_parts.part', parts_just_read()) }}
    group by source_parts.part
),

differences as (
    select
        part,
        line_count,
        coalesce(line_money, 0) as line_money
    from source_totals
    union all
    select
        part,
        -line_count as line_count,
        -coalesce(line_money, 0) as line_money
    from kept_totals
)

select
    part,
    sum(line_count) as lines_left,
    sum(line_money) as money_left
from differences
group by part
having sum(line_count) <> 0 or sum(line_money) <> 0

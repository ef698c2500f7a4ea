-- No line and no money is lost or doubled on the way from a file (or the one table) to the used
-- and the refused lines. One row per file that does not add up: what is left of it.
with

source_totals as (
    select
        {{ source_file() }} as source_file,
        count(*) as line_count,
        sum({{ transaction_amount() }}) as line_money
    from {{ transactions_source() }}
    group by {{ source_file() }}
),

staged_totals as (
    select
        source_file,
        count(case when rejection_reason is null then 1 end) as used_lines,
        sum(case when rejection_reason is null then amount else 0 end) as used_money,
        sum(case when rejection_reason is not null then amount end) as refused_money
    from {{ ref('stg_transactions') }}
    group by source_file
),

refused_totals as (
    select
        source_file,
        count(*) as refused_lines
    from {{ ref('rejected_transactions') }}
    group by source_file
),

differences as (
    select
        source_file,
        line_count,
        coalesce(line_money, 0) as line_money
    from source_totals
    union all
    select
        source_file,
        -used_lines as line_count,
        -coalesce(used_money, 0) - coalesce(refused_money, 0) as line_money
    from staged_totals
    union all
    select
        source_file,
        -refused_lines as line_count,
        0 as line_money
    from refused_totals
)

select
    source_file,
    sum(line_count) as lines_left,
    sum(line_money) as money_left
from differences
group by source_file
having sum(line_count) <> 0 or sum(line_money) <> 0

-- No line and no money is lost or doubled between the source, the used and the refused lines.
with

source_totals as (
    select
        count(*) as source_lines,
        coalesce(sum({{ transaction_amount() }}), 0) as source_money
    from {{ transactions_source() }}
),

staged_totals as (
    select
        count(case when rejection_reason is null then 1 end) as used_lines,
        coalesce(sum(case when rejection_reason is null then amount end), 0) as used_money,
        coalesce(sum(case when rejection_reason is not null then amount end), 0) as refused_money
    from {{ ref('stg_transactions') }}
),

refused_totals as (
    select count(*) as refused_lines
    from {{ ref('rejected_transactions') }}
),

compared as (
    select
        source_totals.source_lines,
        staged_totals.used_lines,
        refused_totals.refused_lines,
        source_totals.source_money,
        staged_totals.used_money,
        staged_totals.refused_money
    from source_totals
    cross join staged_totals
    cross join refused_totals
)

select * from compared
where
    source_lines <> used_lines + refused_lines
    or source_money <> used_money + refused_money

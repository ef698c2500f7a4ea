-- No line and, to the cent, no money is lost or doubled on the way from the source, told here once
-- more, to the kept lines. Of the parts that this refresh read: the others were compared when they
-- were. One row per part that does not add up: what is left of it.
{%- set bounds = date_bounds_setting() %}
{%- set texts = ['transaction_id', 'customer_id', 'product_id', 'purchased_at', 'amount'] %}
with

source_lines as (
    select
        {{ source_part() }} as part,
        {{ transaction_date() }} as purchased_on,
        case
            when
                not {{ is_blank(transaction_text('customer_id')) }}
                and not {{ is_blank(transaction_text('transaction_id')) }}
                and not {{ currency_is_unknown(currency_text()) }}
                then {{ transaction_amount() }}
        end as amount,
        {%- if refuse_duplicate_lines_setting() %}
        row_number() over (
            partition by
                {%- for name in texts %}
                {{ transaction_text(name) }},
                {%- endfor %}
                {{ currency_text() }}
            order by {{ source_part() }}
        ) as copy_number
        {%- else %}
        1 as copy_number
        {%- endif %}
    from {{ transactions_source() }}
    where {{ of_parts(source_part(), parts_just_read()) }}
),

kept_lines as (
    select
        part_key,
        amount,
        1 as line_count
    from {{ ref('int_transaction_lines') }}
    union all
    select
        part_key,
        0 as amount,
        1 as line_count
    from {{ ref('int_rejected_lines') }}
    where rejection_reason is not null
),

differences as (
    select
        part,
        count(*) as line_count,
        coalesce(sum(
            case
                when
                    copy_number = 1
                    and purchased_on >= cast('{{ bounds.first_date or '1900-01-01' }}' as date)
                    and purchased_on <= cast('{{ bounds.last_date or '2199-12-31' }}' as date)
                    then amount
            end
        ), 0) as revenue
    from source_lines
    group by part
    union all
    select
        source_parts.part,
        -sum(kept_lines.line_count) as line_count,
        -sum(kept_lines.amount) as revenue
    from kept_lines
    inner join {{ ref('int_source_parts') }} as source_parts
        on kept_lines.part_key = source_parts.part_key
    where {{ of_parts('source_parts.part', parts_just_read()) }}
    group by source_parts.part
)

select
    part,
    sum(line_count) as lines_left,
    sum(revenue) as revenue_left
from differences
group by part
having sum(line_count) <> 0 or sum(revenue) <> 0

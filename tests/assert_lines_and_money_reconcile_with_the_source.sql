-- No line and, to the cent, no money is lost or doubled between the source, recomputed here
-- independently, and the loaded lines. Only for the partitions that this refresh read: the others
-- were compared when they were read. One row per partition that does not add up, with the
-- difference.
-- depends_on: {{ ref('stg_transactions') }}
{%- set source = source_settings() %}
with

{% if source.carried or source.returns -%}
-- Values copied between lines, and lines booked twice, are not recomputed.
source_lines as (
    select
        source_partition,
        case when rejection_reason is null then amount end as amount
    from {{ ref('stg_transactions') }}
    where {{ in_partitions('source_partition', partitions_just_read()) }}
),
{%- else -%}
aliased_lines as (
    select
        {%- for input in source.inputs %}
        {{ quoted_column(input.column) }} as {{ input.alias }},
        {%- endfor %}
        {{ source_day(source) }} as source_day,
        {{ partition_of_line(source) }} as source_partition
    from {{ transactions_source(source) }}
    where {{ in_partitions(partition_of_line(source), partitions_just_read()) }}
),

numbered_lines as (
    select
        *,
        {%- if source.duplicate_lines == 'reject' %}
        row_number() over (
            partition by {{ source.inputs | map(attribute='alias') | join(', ') }}
            order by source_partition
        ) as copy_number
        {%- else %}
        1 as copy_number
        {%- endif %}
    from aliased_lines
),

source_lines as (
    select
        source_partition,
        case
            when
                {{ passes(source.filters) }}
                and not {{ is_blank(as_text(source.customer_id)) }}
                and not {{ is_guest(source, customer_id_text(source, source.customer_id)) }}
                and not {{ is_blank(transaction_id_text(source)) }}
                and not {{ is_total_row(transaction_id_text(source)) }}
                and not coalesce(
                    {{ line_amount(source) }} > 0 and {{ has_negative_factors(source) }}, false
                )
                and not {{ currency_is_unknown(source) }}
                and source_day >= cast('{{ source.first_date or '1900-01-01' }}' as date)
                and source_day <= cast('{{ source.last_date or '2199-12-31' }}' as date)
                and copy_number = 1
                then {{ in_one_currency(source, line_amount(source)) }}
        end as amount
    from numbered_lines
),
{%- endif %}

kept_lines as (
    select
        fingerprint,
        amount,
        1 as line_count
    from {{ ref('int_loaded_lines') }}
    union all
    select
        fingerprint,
        0 as amount,
        1 as line_count
    from {{ ref('int_rejected_lines') }}
    where rejection_reason is not null
),

differences as (
    select
        source_partition,
        count(*) as line_count,
        coalesce(sum(amount), 0) as revenue
    from source_lines
    group by source_partition
    union all
    select
        source_partitions.source_partition,
        -sum(kept_lines.line_count) as line_count,
        -sum(kept_lines.amount) as revenue
    from kept_lines
    inner join {{ ref('int_source_partitions') }} as source_partitions
        on kept_lines.fingerprint = source_partitions.fingerprint
    where {{ in_partitions('source_partitions.source_partition', partitions_just_read()) }}
    group by source_partitions.source_partition
)

select
    source_partition,
    sum(line_count) as lines_left,
    sum(revenue) as revenue_left
from differences
group by source_partition
having sum(line_count) <> 0 or sum(revenue) <> 0

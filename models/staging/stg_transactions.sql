-- One row per source line, usable or rejected with one reason.
{%- set source = source_settings() %}
{%- set order_lines = of_its_order(source) %}
{%- set columns = source.inputs | map(attribute='alias') | list %}
{%- set rejects_copies = source.duplicate_lines == 'reject' %}
with

source_lines as (
    select
        {%- for input in source.inputs %}
        {{ quoted_column(input.column) }} as {{ input.alias }},
        {%- endfor %}
        {{ source_day(source) }} as source_day,
        {{ source_file(source) }} as source_file,
        {{ unmapped_sign(source) }} as unmapped_sign,
        {{ partition_of_line(source) }} as source_partition
    from {{ transactions_source(source) }}
),

-- Values that are filled on only one line of an order apply to all its lines.
carried_lines as (
    select
        {%- for input in source.inputs %}
        {%- if input.is_carried %}
        {{ carried_value(source, input.alias) }} as {{ input.alias }},
        {%- else %}
        {{ input.alias }},
        {%- endif %}
        {%- endfor %}
        {{ is_first_line(source) }} as is_first_line,
        source_day,
        source_file,
        unmapped_sign,
        source_partition
    from source_lines
),

typed_lines as (
    select
        *,
        {{ transaction_id_text(source) }} as transaction_id,
        {{ customer_id_text(source, source.customer_id) }} as customer_id,
        {{ as_text(source.product_id) }} as product_id,
        {{ carried_day(source) }} as purchased_on,
        {{ line_amount(source) }} as own_amount,
        {%- if source.returns %}
        {{ return_amount(source) }} as return_amount,
        {%- endif %}
        {{ passes(source.filters) }} as counts
    from carried_lines
),
{%- if source.is_spread %}

-- The order's total, and the sum of its lines.
ordered_lines as (
    select
        *,
        {{ order_amount(source) }} as order_amount,
        sum(case when counts then own_amount end) over ({{ order_lines }}) as lines_amount
    from typed_lines
),

-- Lines share the total in proportion to their amounts, or equally if the amounts add up to
-- nothing.
weighted_lines as (
    select
        *,
        min(order_amount) over ({{ order_lines }}) as least_order_amount,
        max(order_amount) over ({{ order_lines }}) as most_order_amount,
        case
            when not counts or own_amount is null then 0
            when lines_amount = 0 then 1
            else own_amount
        end as weight
    from ordered_lines
),

summed_lines as (
    select
        *,
        sum(weight) over ({{ order_lines }}) as order_weight,
        sum(weight) over (
            {{ order_lines }}
            order by product_id, own_amount, customer_id, purchased_on
            rows between unbounded preceding and current row
        ) as weight_to_here
    from weighted_lines
),

priced_lines as (
    select
        *,
        {{ in_one_currency(source, share_of_order()) }} as amount
    from summed_lines
),
{%- else %}

priced_lines as (
    select
        *,
        {{ in_one_currency(source, 'own_amount') }} as amount
    from typed_lines
),
{%- endif %}

judged_lines as (
    select
        *,
        {{ line_fault(source) }} as fault
    from priced_lines
),

compared as (
    select
        *,
        {%- if rejects_copies %}
        case
            when fault is not null and fault not in {{ guest_reasons() }} then fault
            when
                row_number() over (
                    partition by {{ columns | join(', ') }}, is_first_line
                    order by source_file
                ) > 1
                then 'exact duplicate'
            else fault
        end as rejection_reason
        {%- else %}
        fault as rejection_reason
        {%- endif %}
    from judged_lines
),
{%- if source.returns %}

-- A refund is added as a return, and the purchase still counts. A guest's is netted.
booked_lines as (
    select
        compared.*,
        case
            when legs.leg = 2 then {{ in_one_currency(source, 'compared.return_amount') }}
            when compared.rejection_reason in {{ guest_reasons() }}
                then
                    compared.amount
                    + coalesce({{ in_one_currency(source, 'compared.return_amount') }}, 0)
            else compared.amount
        end as booked_amount
    from compared
    inner join (select 1 as leg union all select 2 as leg) as legs
        on legs.leg = 1 or (compared.rejection_reason is null and compared.return_amount <> 0)
),
{%- endif %}

stg_transactions as (
    select
        transaction_id,
        customer_id,
        case when not {{ is_blank('product_id') }} then product_id end as product_id,
        purchased_on,
        {{ 'booked_amount' if source.returns else 'amount' }} as amount,
        is_first_line,
        unmapped_sign,
        rejection_reason,
        -- Unchanged, and only to explain a rejection: nulls cost nothing.
        case
            when rejection_reason is not null then {{ as_text(source.purchased_at) }}
        end as rejected_purchased_at,
        case
            when rejection_reason is not null then {{ amount_text(source.amount) }}
        end as rejected_amount,
        case
            when rejection_reason is not null
                then {{ is_return('amount', amount_text(source.amount)) }}
        end as rejected_is_return,
        case
            when rejection_reason is not null then {{ currency_text(source) }}
        end as rejected_currency,
        case when rejection_reason is not null then source_file end as rejected_source_file,
        source_partition,
        '{{ reading_key() }}' as reading_key
    from {{ 'booked_lines' if source.returns else 'compared' }}
)

select * from stg_transactions

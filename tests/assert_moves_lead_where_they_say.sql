-- Applies every promised change and scores the customer again. One step less, or the most steps if
-- none is promised, must not lead there. The changes are written out here independently, from the
-- definitions of the features. Checks a sample.
{%- set slots = filled_slots() %}
with

moves as (
    select
        features.*,
        moves.better_segment_id,
        moves.more_orders,
        moves.more_money,
        moves.fewer_days
    from {{ ref('segment_moves') }} as moves
    inner join {{ ref('int_sampled_customers') }} as sampled_customers
        on moves.customer_id = sampled_customers.customer_id
    inner join {{ ref('customer_features') }} as features
        on moves.customer_id = features.customer_id
),

trials as (
    {%- set a_step_less = {
        'more_orders': 'more_orders - 1',
        'more_money': 'monetary * (round(more_money * 20 / monetary) - 1) / 20',
        'fewer_days': 'fewer_days - 1'
    } %}
    {%- set most = {
        'more_orders': 12,
        'more_money': 'monetary * 2',
        'fewer_days': 'least(recency_days - 1, 366)'
    } %}
    {%- for kind in most %}
    {%- for size, leads_there, condition in [
        (kind, 'true', kind ~ ' is not null'),
        (a_step_less[kind], 'false', kind ~ ' is not null'),
        (most[kind], 'false', kind ~ ' is null'),
    ] %}
    select
        *,
        '{{ kind }}' as kind,
        {{ leads_there }} as leads_there,
        {%- for other in most %}
        {{ size if other == kind else '0' }} as try_{{ other }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from moves
    where {{ condition }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

tried as (
    select
        customer_id,
        kind,
        leads_there,
        better_segment_id,
        {{ days_between('last_purchase_date', 'snapshot_date') }} - try_fewer_days as recency_days,
        frequency + try_more_orders as frequency,
        monetary + try_more_money + average_spend * try_more_orders as monetary,
        -- With a single purchase, even over several days, the first day moves with the last.
        {{ days_between('first_purchase_date', 'last_purchase_date') }}
        + case when frequency = 1 then 0 else try_fewer_days end as length_days,
        {{ as_double('monetary + try_more_money + average_spend * try_more_orders') }}
        / (frequency + try_more_orders) as average_spend,
        unique_products
    from trials
),

scoring_model as (
    select *
    from {{ ref('int_scoring_model') }}
    where is_active
),

{{ wide_scoring_model(slots) }},

{{ scoring_ctes('tried', slots) }}

select
    customer_id,
    kind,
    leads_there
from nearest
where
    ({{ segment_of_slots('score_', 'nearest_score', slots) }} = better_segment_id)
    <> leads_there

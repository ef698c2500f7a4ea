-- One row per customer who has a better segment: the nearest, and the smallest single changes that
-- lead there.
with

customers as (
    select
        segments.*,
        better.better_segment_id,
        profiles.segment_name as better_segment_name
    from {{ ref('customer_segments') }} as segments
    inner join {{ ref('int_better_segments') }} as better
        on segments.customer_id = better.customer_id
    inner join {{ ref('segment_profiles') }} as profiles
        on better.better_segment_id = profiles.segment_id
),

steps as (
    {{ dbt.generate_series(most_steps().values() | max) }}
),

-- One kind of change at a time.
changes as (
    {%- for kind, most in most_steps().items() %}
    select
        '{{ kind }}' as kind,
        {%- for other in most_steps() %}
        {{ 'cast(generated_number as integer)' if other == kind else '0' }} as {{ other }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from steps
    where generated_number <= {{ most }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

tried as (
    select
        customers.*,
        changes.kind,
        changes.more_orders,
        {{ money_of_steps('customers.monetary', 'changes.more_money') }} as more_money,
        changes.fewer_days
    from customers
    inner join changes
        on customers.recency_days > changes.fewer_days
),

changed as (
    select
        customer_id,
        better_segment_id,
        kind,
        more_orders,
        more_money,
        fewer_days,
        recency_days - fewer_days as recency_days,
        frequency + more_orders as frequency,
        monetary + more_orders * average_spend + more_money as monetary,
        -- Of a single purchase the first day moves with the last.
        length_days + case when frequency > 1 then fewer_days else 0 end as length_days,
        average_spend + more_money / frequency as average_spend,
        unique_products
    from tried
),

scoring_model as (
    select *
    from {{ ref('int_scoring_model') }}
    where is_in_use
),

{{ scoring_ctes('changed') }},

-- No `where`: an engine that pushes it down would compute each distance over and over.
landed as (
    select
        *,
        {{ segment_of_slots('distance_', 'nearest_distance') }} = better_segment_id as is_there
    from nearest
),

smallest as (
    select
        customer_id,
        min(case when is_there and kind = 'more_orders' then more_orders end) as more_orders,
        min(case when is_there and kind = 'more_money' then more_money end) as more_money,
        min(case when is_there and kind = 'fewer_days' then fewer_days end) as fewer_days
    from landed
    group by customer_id
),

segment_moves as (
    select
        customers.customer_id,
        customers.segment_id,
        customers.segment_name,
        customers.better_segment_id,
        customers.better_segment_name,
        smallest.more_orders,
        smallest.more_money,
        smallest.fewer_days,
        customers.model_version,
        customers.snapshot_date
    from customers
    left join smallest
        on customers.customer_id = smallest.customer_id
)

select * from segment_moves

-- One row per customer with a better segment: the nearest one, and the smallest single changes
-- that lead to it.
{%- set slots = filled_slots() %}
{#- The two features that each kind of move changes. #}
{%- set ways = {
    'more_orders': ['frequency', 'monetary'],
    'more_money': ['monetary', 'average_spend'],
    'fewer_days': ['recency_days', 'length_days'],
} %}
with

customers as (
    select
        segments.customer_id,
        segments.segment_id,
        segments.segment_name,
        better.better_segment_id,
        profiles.segment_name as better_segment_name,
        segments.model_version,
        segments.snapshot_date,
        segments.monetary as net_spend,
        {%- for feature in feature_names() %}
        {{ as_double('segments.' ~ feature) }} as {{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('customer_segments') }} as segments
    inner join {{ ref('int_better_segments') }} as better
        on segments.customer_id = better.customer_id
    inner join {{ ref('segment_profiles') }} as profiles
        on better.better_segment_id = profiles.segment_id
),

scoring_model as (
    select *
    from {{ ref('int_scoring_model') }}
    where is_active
),

{{ wide_scoring_model(slots) }},

{{ scoring_ctes('customers', slots) }},

better as (
    select
        nearest.*,
        case nearest.better_segment_id
            {%- for slot in slots %}
            when nearest.slot_{{ slot }}_segment_id then nearest.score_{{ slot }}
            {%- endfor %}
        end as better_score
    from nearest
),

-- One row per kind of move and better segment: how much its lead over each slot grows when the
-- logarithm of the first or second changed feature grows by 1.
gains as (
    {%- for way, (first, second) in ways.items() %}
    select
        {%- for slot in slots %}
        wide.slot_{{ slot }}_{{ first }} - better.weight_{{ first }} as first_gain_{{ slot }},
        wide.slot_{{ slot }}_{{ second }} - better.weight_{{ second }} as second_gain_{{ slot }},
        {%- endfor %}
        '{{ way }}' as way,
        better.segment_id as better_segment_id
    from scoring_model as better
    cross join wide
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- How much one step changes the two features, as shares of 1 + the feature, and how many steps are
-- tried. Nobody plans for more within one observation window.
paths as (
    -- One more purchase at the average spend.
    select
        better.*,
        'more_orders' as way,
        1 / (1 + better.frequency) as first_change,
        better.average_spend / (1 + better.monetary) as second_change,
        12 as last_step
    from better
    union all
    -- A twentieth more net spend, in the same purchases.
    select
        better.*,
        'more_money' as way,
        better.monetary / 20 / (1 + better.monetary) as first_change,
        better.monetary / better.frequency / 20 / (1 + better.average_spend) as second_change,
        40 as last_step
    from better
    union all
    -- A last purchase one day later. With a single purchase, the first day moves too.
    select
        better.*,
        'fewer_days' as way,
        -1 / (1 + better.recency_days) as first_change,
        case when better.frequency > 1 then 1 / (1 + better.length_days) else 0 end
            as second_change,
        cast(least(better.recency_days - 1, 366) as integer) as last_step
    from better
),

-- Trying steps is expensive, so customers who cannot get there at any step are left out first.
reaching as (
    select
        paths.*,
        {%- for slot in slots %}
        gains.first_gain_{{ slot }},
        gains.second_gain_{{ slot }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from paths
    inner join gains
        on
            paths.way = gains.way
            and paths.better_segment_id = gains.better_segment_id
    where
        paths.last_step > 0
        {%- for slot in slots %}
        and {{ greatest_lead(slot) }} >= -0.000001
        {%- endfor %}
),

steps as (
    {{ dbt.generate_series(366) }}
),

least_steps as (
    select
        reaching.customer_id,
        reaching.way,
        cast(min(steps.generated_number) as integer) as step
    from reaching
    inner join steps
        on reaching.last_step >= steps.generated_number
    where
        1 = 1
        {%- for slot in slots %}
        and {{ lead_at_step(slot) }} >= 0
        {%- endfor %}
    group by reaching.customer_id, reaching.way
),

moves as (
    select
        customer_id,
        max(case when way = 'more_orders' then step end) as more_orders,
        max(case when way = 'more_money' then step end) as more_money,
        max(case when way = 'fewer_days' then step end) as fewer_days
    from least_steps
    group by customer_id
),

segment_moves as (
    select
        customers.customer_id,
        customers.segment_id,
        customers.segment_name,
        customers.better_segment_id,
        customers.better_segment_name,
        moves.more_orders,
        cast(customers.net_spend * moves.more_money / 20 as decimal(28, 4)) as more_money,
        moves.fewer_days,
        customers.model_version,
        customers.snapshot_date
    from customers
    left join moves
        on customers.customer_id = moves.customer_id
)

select * from segment_moves

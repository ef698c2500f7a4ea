-- One row per active segment.
with

customers as (
    select *
    from {{ ref('customer_segments') }}
),

segments as (
    select
        segment_id,
        segment_name,
        suggested_action
    from {{ ref('int_segments') }}
    where is_active
),

profiled as (
    select
        segment_id,
        {%- for feature in feature_names() %}
        {{ exact_mean(feature) }} as mean_{{ feature }},
        {{ median_of(as_double(feature)) }} as median_{{ feature }},
        {%- endfor %}
        count(*) as customers,
        sum(monetary) as revenue
    from customers
    group by segment_id
),

segment_profiles as (
    select
        cast(segments.segment_id as integer) as segment_id,
        segments.segment_name,
        coalesce(profiled.customers, 0) as customers,
        coalesce(
            {{ as_double('profiled.customers') }} / sum(profiled.customers) over (), 0
        ) as customer_share,
        cast(coalesce(profiled.revenue, 0) as decimal(28, 4)) as revenue,
        coalesce(
            {{ as_double('profiled.revenue') }}
            / nullif({{ as_double('sum(profiled.revenue) over ()') }}, 0),
            0
        ) as revenue_share,
        {%- for feature in feature_names() %}
        profiled.mean_{{ feature }},
        profiled.median_{{ feature }},
        {%- endfor %}
        segments.suggested_action
    from segments
    left join profiled
        on segments.segment_id = profiled.segment_id
    -- The rule segment is listed only if it has customers.
    where profiled.customers > 0 or segments.segment_id <> {{ rule_segment().id }}
)

select * from segment_profiles

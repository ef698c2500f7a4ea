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

versions as (
    select
        refresh_number,
        segment_count
    from {{ ref('int_known_versions') }}
    where is_active
),

rules as (
    select
        {%- for feature in feature_names() %}
        max(case when clustered.row_kind = 'at_least' then clustered.{{ feature }} end)
            as least_{{ feature }},
        max(case when clustered.row_kind = 'at_most' then clustered.{{ feature }} end)
            as most_{{ feature }},
        {%- endfor %}
        clustered.segment_id
    from {{ ref('int_customers_clustered') }} as clustered
    inner join versions
        on
            clustered.refresh_number = versions.refresh_number
            and clustered.segment_count = versions.segment_count
    where clustered.row_kind in ('at_least', 'at_most')
    group by clustered.segment_id
),

-- Everybody is held against every rule.
matched as (
    select
        rules.segment_id,
        {{ as_double('count(*)') }} as customers,
        sum(case when customers.segment_id = rules.segment_id then 1 else 0 end) as hits
    from customers
    inner join rules
        on {{ meets_rule('customers', 'rules') }}
    group by rules.segment_id
),

profiled as (
    select
        segment_id,
        {%- for feature in feature_names() %}
        {{ exact_mean(feature) }} as mean_{{ feature }},
        {{ median_of(as_double(feature)) }} as median_{{ feature }},
        {%- endfor %}
        {{ median_of(as_double('days_since_last_purchase')) }} as median_days_since_last_purchase,
        {{ median_of('days_between_purchases') }} as median_days_between_purchases,
        max({{ days_between('last_purchase_date', 'overdue_after') }}) as overdue_days,
        count(case when is_overdue then 1 end) as overdue_customers,
        sum(net_spend_to_date) as net_spend_to_date,
        count(*) as customers,
        sum(monetary) as revenue,
        cast(sum(expected_spend) as decimal(28, 4)) as expected_spend,
        {{ exact_sum('purchase_probability') }} as expected_buyers
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
        profiled.median_days_since_last_purchase,
        profiled.median_days_between_purchases,
        cast(profiled.overdue_days as integer) as overdue_days,
        coalesce(profiled.overdue_customers, 0) as overdue_customers,
        cast(coalesce(profiled.net_spend_to_date, 0) as decimal(28, 4)) as net_spend_to_date,
        segments.suggested_action,
        profiled.expected_spend,
        profiled.expected_buyers,
        {{ rule_text('rules') }} as segment_rule,
        matched.hits / matched.customers as rule_precision,
        case
            when rules.segment_id is not null
                then coalesce(matched.hits, 0) / {{ as_double('profiled.customers') }}
        end as rule_recall
    from segments
    left join profiled
        on segments.segment_id = profiled.segment_id
    left join rules
        on segments.segment_id = rules.segment_id
    left join matched
        on segments.segment_id = matched.segment_id
    -- Segments that a rule assigns are listed only if they have customers.
    where profiled.customers > 0 or segments.segment_id > 0
)

select * from segment_profiles

-- One row per segment and measure: how customers outside the control group differ from those in
-- it since the group was drawn.
{%- set fewest_customers = 30 %}
{#- The normal quantile of a two-sided interval of 95%. -#}
{%- set quantile = 1.959963984540054 %}
with

segments as (
    select
        segment_id,
        segment_name
    from {{ ref('int_segments') }}
),

measured as (
    {%- for column in ['net_spend', 'purchases'] %}
    select
        segment_id,
        drawn_on,
        is_control,
        '{{ column | replace('_', ' ') }}' as measure,
        {{ as_double(column) }} as value
    from {{ ref('int_campaign_customers') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

means as (
    select
        segment_id,
        drawn_on,
        is_control,
        measure,
        count(*) as customers,
        {{ exact_mean('value') }} as mean_value,
        greatest(max(abs(value)), 1) as largest_value
    from measured
    group by segment_id, drawn_on, is_control, measure
),

-- Deviations are squared in units of the largest value: squares of large money do not fit the
-- decimals that are summed.
deviations as (
    select
        means.segment_id,
        means.drawn_on,
        means.is_control,
        means.measure,
        means.customers,
        means.mean_value,
        {{ exact_sum(squared('(measured.value - means.mean_value) / means.largest_value')) }}
        * {{ squared('means.largest_value') }}
        / nullif(means.customers * (means.customers - 1), 0) as variance_of_mean
    from measured
    inner join means
        on
            measured.segment_id = means.segment_id
            and measured.is_control = means.is_control
            and measured.measure = means.measure
    group by
        means.segment_id,
        means.drawn_on,
        means.is_control,
        means.measure,
        means.customers,
        means.mean_value,
        means.largest_value
),

compared as (
    select
        segment_id,
        drawn_on,
        measure,
        coalesce(max(case when not is_control then customers end), 0) as treated_customers,
        coalesce(max(case when is_control then customers end), 0) as control_customers,
        max(case when not is_control then mean_value end) as treated_mean,
        max(case when is_control then mean_value end) as control_mean,
        case
            when count(*) = 2 and min(customers) >= {{ fewest_customers }}
                then {{ quantile }} * sqrt(sum(variance_of_mean))
        end as half_width
    from deviations
    group by segment_id, drawn_on, measure
),

campaign_effects as (
    select
        cast(compared.segment_id as integer) as segment_id,
        segments.segment_name,
        compared.measure,
        compared.drawn_on,
        compared.treated_customers,
        compared.control_customers,
        compared.treated_mean,
        compared.control_mean,
        compared.treated_mean - compared.control_mean as difference,
        compared.treated_mean - compared.control_mean - compared.half_width as difference_low,
        compared.treated_mean - compared.control_mean + compared.half_width as difference_high,
        case
            when compared.half_width is null then 'too few to say'
            when compared.treated_mean - compared.control_mean > compared.half_width
                then 'higher than in the control group'
            when compared.control_mean - compared.treated_mean > compared.half_width
                then 'lower than in the control group'
            else 'no difference beyond chance'
        end as verdict
    from compared
    inner join segments
        on compared.segment_id = segments.segment_id
)

select * from campaign_effects

-- One row per customer whom the model did not put in the best segment: the nearest segment with a
-- higher median net spend.
{%- set slots = filled_slots() %}
with

assigned as (
    select
        customer_id,
        segment_id,
        assigned_by,
        monetary
    from {{ ref('int_customers_assigned') }}
),

-- A segment without customers has no median, so it is never better.
medians as (
    select
        segment_id,
        {{ median_of(as_double('monetary')) }} as median_monetary
    from assigned
    group by segment_id
),

customers as (
    select
        features.customer_id,
        {%- for feature in feature_names() %}
        features.{{ feature }},
        {%- endfor %}
        medians.median_monetary
    from {{ ref('int_customer_features') }} as features
    inner join assigned
        on features.customer_id = assigned.customer_id
    inner join medians
        on assigned.segment_id = medians.segment_id
    -- The others were assigned by a rule or an override, so no purchase moves them.
    where assigned.assigned_by = 'model'
),

scoring_model as (
    select
        scoring_model.*,
        medians.median_monetary
    from {{ ref('int_scoring_model') }} as scoring_model
    left join medians
        on scoring_model.segment_id = medians.segment_id
    where scoring_model.is_active
),

{{ wide_scoring_model(slots) }},

medians_of_slots as (
    select
        {%- for slot in slots %}
        max(case when slot = {{ slot }} then median_monetary end) as median_{{ slot }},
        {%- endfor %}
        max(model_version) as model_version
    from scoring_model
),

{{ scoring_ctes('customers', slots) }},

better as (
    select
        {%- for slot in slots %}
        nearest.slot_{{ slot }}_segment_id,
        case
            when medians_of_slots.median_{{ slot }} > nearest.median_monetary
                then nearest.score_{{ slot }}
        end as better_score_{{ slot }},
        {%- endfor %}
        nearest.customer_id
    from nearest
    cross join medians_of_slots{{ computed_once() }}
),

least_better as (
    select
        *,
        {{ least_of('better_score_', slots) }} as least_better_score
    from better{{ computed_once() }}
),

int_better_segments as (
    select
        customer_id,
        {{ segment_of_slots('better_score_', 'least_better_score', slots) }} as better_segment_id
    from least_better
    where least_better_score is not null
)

select * from int_better_segments

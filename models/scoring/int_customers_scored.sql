-- One row per model version used for scoring and customer with net spend: the nearest segment, and
-- how clear it is.
{%- set slots = filled_slots() %}
with

customers as (
    select
        customer_id,
        {{ feature_names() | join(',\n        ') }}
    from {{ ref('int_customer_features') }}
    where monetary > 0
),

scoring_model as (
    select *
    from {{ ref('int_scoring_model') }}
),

scalers as (
    select distinct
        model_version,
        {%- for feature in feature_names() %}
        center_{{ feature }},
        scale_{{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from scoring_model
),

{{ wide_scoring_model(slots) }},

{{ scoring_ctes('customers', slots) }},

assigned as (
    select
        *,
        {{ segment_of_slots('score_', 'nearest_score', slots) }} as segment_id
    from nearest
),

measured as (
    select
        assigned.scored_by,
        assigned.is_active,
        assigned.customer_id,
        assigned.segment_id,
        assigned.nearest_score,
        {{ least_other_score('assigned', slots) }} as second_score,
        -- The shared term that turns scores into squared distances.
        0
        {%- for feature in feature_names() %}
        {%- set offset = 'assigned.log_' ~ feature ~ ' - scalers.center_' ~ feature %}
        + {{ squared('(' ~ offset ~ ') / scalers.scale_' ~ feature) }}
        {%- endfor %} as shared_part
    from assigned
    inner join scalers
        on assigned.scored_by = scalers.model_version
),

int_customers_scored as (
    select
        scored_by as model_version,
        is_active,
        customer_id,
        segment_id,
        -- On a centroid, rounding may leave a sum just below 0.
        sqrt(greatest(shared_part + nearest_score, 0)) as distance,
        case
            when second_score is not null then sqrt(greatest(shared_part + second_score, 0))
        end as second_distance
    from measured
)

select * from int_customers_scored

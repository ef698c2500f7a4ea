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

versions as (
    select *
    from {{ ref('int_known_versions') }}
),

{{ wide_scoring_model(slots) }},

{{ scoring_ctes('customers', slots) }},

assigned as (
    select
        *,
        {{ segment_of_slots('score_', 'nearest_score', slots) }} as segment_id
    from nearest{{ computed_once() }}
),

compared as (
    select
        *,
        {{ least_other_score('assigned', slots) }} as second_score
    from assigned{{ computed_once() }}
),

paired as (
    select
        *,
        {{ second_segment_of_slots(slots) }} as second_segment_id
    from compared{{ computed_once() }}
),

measured as (
    select
        paired.*,
        -- The shared term that turns scores into squared distances.
        0
        {%- for feature in feature_names() %}
        {%- set offset = 'paired.log_' ~ feature ~ ' - own.center_' ~ feature %}
        + {{ squared('(' ~ offset ~ ') / own.scale_' ~ feature) }}
        {%- endfor %} as shared_part,
        {%- for feature in feature_names() %}
        {{ deciding_term('paired', 'own', 'other', feature) }} as term_{{ feature }},
        {%- endfor %}
        own.atypical_distance,
        {{ linear_score('paired', 'versions', 'expected_spend') }} as log_spend,
        {{ linear_score('paired', 'versions', 'purchase_probability') }} as purchase_logit
    from paired
    inner join versions
        on paired.scored_by = versions.model_version
    inner join scoring_model as own
        on
            paired.scored_by = own.model_version
            and paired.segment_id = own.segment_id
    left join scoring_model as other
        on
            paired.scored_by = other.model_version
            and paired.second_segment_id = other.segment_id
),

ranked as (
    select
        *,
        {%- for feature in feature_names() %}
        {{ rank_of_term(feature) }} as rank_{{ feature }},
        {%- endfor %}
        -- On a centroid, rounding may leave a sum just below 0.
        sqrt(greatest(shared_part + nearest_score, 0)) as distance
    from measured{{ computed_once() }}
),

int_customers_scored as (
    select
        scored_by as model_version,
        is_active,
        customer_id,
        segment_id,
        distance,
        case
            when second_score is not null then sqrt(greatest(shared_part + second_score, 0))
        end as second_distance,
        second_segment_id,
        {{ deciding_features() }} as decided_by,
        -- The customer at the threshold is not beyond it by a rounding error.
        distance - atypical_distance > 0.000001 as is_atypical,
        cast({{ spend_of_logarithm('log_spend') }} as decimal(28, 4)) as expected_spend,
        {{ probability_of_logit('purchase_logit') }} as purchase_probability
    from ranked
)

select * from int_customers_scored

-- One row per customer whom the model does not put into the best segment: the nearest segment with
-- a higher median net spend.
{%- set slots = filled_slots() %}
{%- set least = least_of('better_distance_', slots) %}
with

customers as (
    select
        customer_id,
        {{ feature_names() | join(',\n        ') }},
        segment_id
    from {{ ref('customer_segments') }}
    -- A rule or a person put the others where they are: no purchase moves them.
    where assigned_by = 'model'
),

scoring_model as (
    select *
    from {{ ref('int_scoring_model') }}
    where is_in_use
),

profiles as (
    select
        segment_id,
        -- Null where nobody is in it: then it is not better.
        median_monetary
    from {{ ref('segment_profiles') }}
),

medians as (
    select
        {%- for slot in slots %}
        max(
            case
                when profiles.segment_id = scoring_model.slot_{{ slot }}_segment_id
                    then profiles.median_monetary
            end
        ) as median_{{ slot }},
        {%- endfor %}
        scoring_model.model_version
    from profiles
    cross join scoring_model
    group by scoring_model.model_version
),

{{ scoring_ctes('customers', slots) }},

better as (
    select
        {%- for slot in slots %}
        nearest.slot_{{ slot }}_segment_id,
        case
            when medians.median_{{ slot }} > profiles.median_monetary
                then nearest.distance_{{ slot }}
        end as better_distance_{{ slot }},
        {%- endfor %}
        nearest.customer_id
    from nearest
    inner join profiles
        on nearest.segment_id = profiles.segment_id
    inner join medians
        on nearest.scored_by = medians.model_version
),

int_better_segments as (
    select
        customer_id,
        {{ segment_of_slots('better_distance_', least, slots) }} as better_segment_id
    from better
    where {{ least }} is not null
)

select * from int_better_segments

-- One row per model version scored with and customer with net spend: the nearest segment, and how
-- clear it is.
{%- set slots = segment_slots() %}
with

customers as (
    select
        customer_id,
        {{ feature_names() | join(',\n        ') }}
    from {{ ref('customer_features') }}
    where monetary > 0
),

scoring_model as (
    select *
    from {{ ref('int_scoring_model') }}
),

{{ scoring_ctes('customers') }},

int_customers_scored as (
    select
        scored_by as model_version,
        is_in_use,
        customer_id,
        {{ segment_of_slots('distance_', 'nearest_distance') }} as segment_id,
        sqrt(nearest_distance) as distance,
        sqrt({% call least_known() %}
            {%- for slot in slots %}
            -- Leave out the nearest: the first place that holds the least distance, as above.
            case
                when distance_{{ slot }} > nearest_distance
                    {%- for earlier in slots if earlier < slot %}
                    or distance_{{ earlier }} = nearest_distance
                    {%- endfor %}
                    then distance_{{ slot }}
            end{% if not loop.last %},{% endif %}
            {%- endfor %}
        {% endcall %}) as second_distance
    from nearest
)

select * from int_customers_scored

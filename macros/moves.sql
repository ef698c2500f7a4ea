{#- What would move a customer up: changes that are tried one at a time, in steps. -#}

{#- How many steps of each are tried: purchases, twentieths of the net spend, days. More in one
    observation window nobody would plan for. -#}
{% macro most_steps() -%}
    {{ return({'more_orders': 12, 'more_money': 40, 'fewer_days': 366}) }}
{%- endmacro %}


{#- The money of so many steps. -#}
{% macro money_of_steps(monetary, steps) -%}
    cast({{ monetary }} * {{ steps }} / 20 as decimal(28, 4))
{%- endmacro %}


{#- The features that so many steps of a change change, and to what. Doubles: the distances are. -#}
{% macro changed_features(kind) -%}
    {#- As `money_of_steps` rounds it: not every engine rounds floats to decimals. -#}
    {%- set money = 'floor(monetary * step * 500 + 0.5) / 10000' -%}
    {{ return({
        'more_orders': {
            'frequency': 'frequency + step',
            'monetary': 'monetary + step * average_spend',
        },
        'more_money': {
            'monetary': 'monetary + ' ~ money,
            'average_spend': 'average_spend + ' ~ money ~ ' / frequency',
        },
        'fewer_days': {
            'recency_days': 'recency_days - step',
            'length_days': 'length_days + case when frequency > 1 then step else 0 end',
        },
    }[kind]) }}
{%- endmacro %}


{#- The last step of a change that is tried for a customer. -#}
{% macro last_step(kind) -%}
    {%- set most = most_steps()[kind] -%}
    {{ return(
        'least(recency_days - 1, ' ~ most ~ ')' if kind == 'fewer_days' else most | string
    ) }}
{%- endmacro %}


{#- The CTEs that find the least step of a change by which each customer of the CTE `customers` lands
    in better_segment_id: the last of them is <kind>_least. Steps are dear, so that the distance in
    what the change leaves as it is is measured once for each customer, and who cannot land there is
    left out: by how much a centroid is nearer than another is a sum of terms that are linear in one
    scaled feature, and so each is greatest at the first or the last step. -#}
{% macro least_step_ctes(kind, slots) -%}
    {%- set changed = changed_features(kind) -%}
    {{ kind }}_starts as (
        select
            customers.customer_id,
            customers.better_segment_id,
            {%- for feature in feature_names() %}
            cast(customers.{{ feature }} as {{ type_double() }}) as {{ feature }},
            {%- endfor %}
            {%- for slot in slots %}
            {% for feature in feature_names() if feature not in changed -%}
            {{ squared(
                scaled_feature('customers.' ~ feature, 'scoring_model', feature)
                ~ ' - scoring_model.slot_' ~ slot ~ '_' ~ feature
            ) }}
            {{ '+ ' if not loop.last }}
            {%- endfor %}as rest_{{ slot }}{% if not loop.last %},{% endif %}
            {%- endfor %}
        from customers
        cross join scoring_model{{ computed_once() }}
    ),

    {{ kind }}_ends as (
        select
            starts.*,
            {%- for slot in slots %}
            scoring_model.slot_{{ slot }}_segment_id,
            {%- for feature in changed %}
            scoring_model.slot_{{ slot }}_{{ feature }},
            {%- endfor %}
            {%- endfor %}
            {%- for feature, value in changed.items() %}
            case starts.better_segment_id
                {%- for slot in slots %}
                when scoring_model.slot_{{ slot }}_segment_id
                    then scoring_model.slot_{{ slot }}_{{ feature }}
                {%- endfor %}
            end as better_{{ feature }},
            {%- for end, step in {'first': '1', 'last': last_step(kind)}.items() %}
            {{ scaled_feature(value | replace('step', step), 'scoring_model', feature) }}
                as {{ end }}_{{ feature }},
            {%- endfor %}
            {%- endfor %}
            case starts.better_segment_id
                {%- for slot in slots %}
                when scoring_model.slot_{{ slot }}_segment_id then starts.rest_{{ slot }}
                {%- endfor %}
            end as better_rest,
            {{ last_step(kind) }} as last_step{{ kept_apart() }}
        from {{ kind }}_starts as starts
        cross join scoring_model{{ computed_once() }}
    ),

    {{ kind }}_reaching as (
        select *
        from {{ kind }}_ends
        where
            {{ where_kept_apart() }}{% call least_known() %}
                {%- for slot in slots %}
                rest_{{ slot }} - better_rest
                {%- for feature in changed %}
                + greatest(
                    {%- for end in ['first', 'last'] %}
                    {%- set other = end ~ '_' ~ feature ~ ' - slot_' ~ slot ~ '_' ~ feature %}
                    {%- set better = end ~ '_' ~ feature ~ ' - better_' ~ feature %}
                    {{ squared(other) }} - {{ squared(better) }}{% if not loop.last %},{% endif %}
                    {%- endfor %}
                )
                {%- endfor %}{% if not loop.last %},{% endif %}
                {%- endfor %}
            {% endcall %} >= -0.000001
    ),

    {{ kind }}_points as (
        select
            reaching.*,
            steps.step,
            {%- for feature, value in changed.items() %}
            {{ scaled_feature(value, 'scoring_model', feature) }} as scaled_{{ feature }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from {{ kind }}_reaching as reaching
        inner join steps
            on reaching.last_step = steps.last_step
        cross join scoring_model{{ computed_once() }}
    ),

    {{ kind }}_distances as (
        select
            customer_id,
            step,
            better_segment_id,
            {%- for slot in slots %}
            slot_{{ slot }}_segment_id,
            rest_{{ slot }}
            {%- for feature in changed %}
            + {{ squared('scaled_' ~ feature ~ ' - slot_' ~ slot ~ '_' ~ feature) }}
            {%- endfor %} as distance_{{ slot }}{% if not loop.last %},{% endif %}
            {%- endfor %}
        from {{ kind }}_points{{ computed_once() }}
    ),

    {{ kind }}_nearest as (
        select
            *,
            {{ least_of('distance_', slots) }} as nearest_distance
        from {{ kind }}_distances{{ computed_once() }}
    ),

    -- No `where`: an engine that pushes it down would compute each distance over and over.
    {{ kind }}_landed as (
        select
            customer_id,
            step,
            {{ segment_of_slots('distance_', 'nearest_distance', slots) }} = better_segment_id as is_there
        from {{ kind }}_nearest
    ),

    {{ kind }}_least as (
        select
            customer_id,
            min(case when is_there then step end) as step
        from {{ kind }}_landed
        group by customer_id
    )
{%- endmacro %}

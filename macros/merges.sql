{#- How many steps of a chain of merges are followed. -#}
{% macro most_merge_steps() -%}
    {{ return(32) }}
{%- endmacro %}


{#- The CTE `followed_merges`: the pairs of the CTE `pairs` (from_customer_id, into_customer_id,
    one row per from_customer_id), each followed to the end of its chain. Every step joins the
    result with itself, which doubles the length that is followed. -#}
{% macro followed_merges_cte() -%}
    {%- set steps = namespace(followed=1, before='pairs') -%}
    {%- for step in range(most_merge_steps()) if steps.followed < most_merge_steps() -%}
    {%- set steps.followed = 2 * steps.followed -%}
    {%- set name = 'followed_merges' if steps.followed == most_merge_steps()
        else 'pairs_of_' ~ steps.followed ~ '_steps' -%}
    {{ name }} as (
        select
            this_step.from_customer_id,
            coalesce(next_step.into_customer_id, this_step.into_customer_id) as into_customer_id
        from {{ steps.before }} as this_step
        left join {{ steps.before }} as next_step
            on this_step.into_customer_id = next_step.from_customer_id
    ){% if steps.followed < most_merge_steps() %},

    {% endif %}
    {%- set steps.before = name -%}
    {%- endfor -%}
{%- endmacro %}

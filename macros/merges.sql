{#- The longest chain of merges that is followed. -#}
{% macro most_merge_steps() -%}
    {{ return(32) }}
{%- endmacro %}


{#- The CTE `followed_merges`: the pairs of the CTE `pairs` (from_customer_id, into_customer_id,
    one row per from_customer_id), each followed to the end of its chain. Every step joins the
    result with itself, which doubles the length that is followed. -#}
{% macro followed_merges_cte() -%}
    {%- for steps in [2, 4, 8, 16, most_merge_steps()] -%}
    {{ 'followed_merges' if loop.last else 'pairs_of_' ~ steps ~ '_steps' }} as (
        select
            this_step.from_customer_id,
            coalesce(next_step.into_customer_id, this_step.into_customer_id) as into_customer_id
        {%- set before = 'pairs' if loop.first else 'pairs_of_' ~ loop.previtem ~ '_steps' %}
        from {{ before }} as this_step
        left join {{ before }} as next_step
            on this_step.into_customer_id = next_step.from_customer_id
    ){% if not loop.last %},

    {% endif %}
    {%- endfor -%}
{%- endmacro %}


{#- The loaded lines, each with the customer that its own is merged into. -#}
{% macro lines_after_merges() -%}
    select
        transaction_lines.transaction_id,
        coalesce(customer_merges.into_customer_id, transaction_lines.customer_id) as customer_id,
        transaction_lines.product_id,
        transaction_lines.purchased_on,
        transaction_lines.amount
    from {{ ref('int_loaded_lines') }} as transaction_lines
    left join {{ ref('stg_customer_merges') }} as customer_merges
        on transaction_lines.customer_id = customer_merges.from_customer_id
{%- endmacro %}

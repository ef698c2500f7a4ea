{#- The six features, in the order used everywhere. -#}
{% macro feature_names() -%}
    {{ return([
        'recency_days', 'frequency', 'monetary', 'length_days', 'average_spend', 'unique_products'
    ]) }}
{%- endmacro %}


{#- The percentile of a value among all rows, 0 to 1: the midpoint of its ties, so equal values get
    equal percentiles. -#}
{% macro percentile(column) -%}
    cast(2 * (rank() over (order by {{ column }}) - 1)
    + count(*) over (partition by {{ partition_key(column) }}) as {{ type_double() }}) / (2 * count(*) over ())
{%- endmacro %}


{#- The CTE <column>_bounds, one row, from the CTE `features`: the values at which the scores 2, 3,
    4 and 5 begin. Equal values get equal scores, from the fifth in which the midpoint of their
    ties falls, computed in whole numbers. `best` is 'high' or 'low': the end of the column that
    scores 5. -#}
{% macro score_bounds_cte(column, best) -%}
    {{ column }}_bounds as (
        select
            {%- for score in range(2, 6) %}
            {{ 'max' if best == 'low' else 'min' }}(
                case when midpoint_rank >= {{ score - 1 }} * customers then {{ column }} end
            ) as bound_{{ score }}{% if not loop.last %},{% endif %}
            {%- endfor %}
        from (
            -- Ten times the midpoint rank of the ties, and twice the number of customers.
            select
                {{ column }},
                5 * (
                    2 * sum(ties) over (order by {{ column }}{{ ' desc' if best == 'low' }}) - ties
                ) as midpoint_rank,
                2 * sum(ties) over () as customers
            from (
                select
                    {{ column }},
                    count(*) as ties
                from features
                group by {{ column }}
            ) as counted
        ) as ranked
    )
{%- endmacro %}


{#- The score, from the boundaries of `score_bounds_cte`. -#}
{% macro score(column, best) -%}
    1
    {%- for score in range(2, 6) %}
    + case
        when
            features.{{ column }} {{ '<=' if best == 'low' else '>=' }} {{ column }}_bounds.bound_{{ score }}
            then 1
        else 0
    end
    {%- endfor %}
{%- endmacro %}


{#- A feature as the clustering sees it before scaling. Only net spend can be below 0, and then the
    customer is not clustered. -#}
{% macro log_feature(column) -%}
    ln(1 + greatest({{ as_double(column) }}, 0))
{%- endmacro %}


{#- The term of a population stability index for two shares. A share of 0 has no logarithm, so it
    counts as one in ten thousand. -#}
{% macro stability_term(actual, expected) -%}
    (greatest({{ actual }}, 0.0001) - greatest({{ expected }}, 0.0001))
            * ln(greatest({{ actual }}, 0.0001) / greatest({{ expected }}, 0.0001))
{%- endmacro %}


{#- Whether a customer is in the control group: by a hash of the id, so the same customers stay in it,
    a larger share keeps those of a smaller one, and every segment has about the same share. The key
    makes it independent of the training sample, which is drawn by the hash of the id alone. -#}
{% macro is_control(customer_id) -%}
    {%- set share = control_share_setting() -%}
    {%- if share -%}
        {#- The share as a fraction of hexadecimal digits, which a hash is compared with. -#}
        {%- set bound = namespace(left=share, digits='') -%}
        {%- for place in range(7) -%}
            {%- set digit = (bound.left * 16) | int -%}
            {%- set bound.digits = bound.digits ~ '0123456789abcdef'[digit] -%}
            {%- set bound.left = bound.left * 16 - digit -%}
        {%- endfor -%}
        substr({{ dbt.hash("'control:' || " ~ customer_id) }}, 1, 7) < '{{ bound.digits }}'
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}


{#- The segments that a rule assigns, by prototype. KMeans has the ids from 1. Customers whose
    returns outweigh their purchases, and customers who last bought before the observation window,
    are not clustered. -#}
{% macro rule_segments() -%}
    {{ return({'no_net_spend': 0, 'lapsed': -1}) }}
{%- endmacro %}


{#- The totals of the lines before the snapshot date of `snapshot`, a relation with one row
    (snapshot_date, window_start): one row per customer with such a line. Only for those in
    `customers`, if given. Frequency, net spend, products and first purchase are of the window
    alone. -#}
{% macro totals_seen_from(snapshot, customers=none) -%}
    with

    transactions as (
        {{ lines_after_merges() }}
    ),

    lines_to_date as (
        select transactions.*
        from transactions
        inner join {{ snapshot }} as seen
            on transactions.purchased_on < seen.snapshot_date
        {%- if customers %}
        where transactions.customer_id in (select {{ customers }}.customer_id from {{ customers }})
        {%- endif %}
    ),

    -- One row per transaction, per day and per product of each customer; the other two are null.
    -- Counting these rows costs two thirds of counting distinct values. sqlfluff knows grouping sets
    -- of other dialects only.
    sets as (
        select
            customer_id,
            transaction_id,
            purchased_on,
            product_id,
            max(case when amount > 0 then purchased_on end) as last_purchase,
            sum(amount) as net_spend
        from lines_to_date
        group by
            grouping sets ( -- noqa: PRS
                (customer_id, transaction_id),
                (customer_id, purchased_on),
                (customer_id, product_id)
            )
    ),

    totals as (
        select
            customer_id,
            min(case when last_purchase >= seen.window_start then purchased_on end)
                as first_purchase_date,
            max(last_purchase) as last_purchase_date,
            count(case when last_purchase >= seen.window_start then transaction_id end) as frequency,
            cast(
                coalesce(sum(case when purchased_on >= seen.window_start then net_spend end), 0)
                as decimal(28, 4)
            ) as monetary,
            count(case when last_purchase >= seen.window_start then product_id end)
                as unique_products,
            min(case when last_purchase is not null then purchased_on end)
                as first_purchase_to_date,
            count(case when last_purchase is not null then purchased_on end)
                as purchase_days_to_date,
            count(case when last_purchase is not null then transaction_id end)
                as transactions_to_date,
            cast(sum(case when purchased_on is not null then net_spend end) as decimal(28, 4))
                as net_spend_to_date
        from sets
        cross join {{ snapshot }} as seen
        group by customer_id
    )

    select * from totals
{%- endmacro %}


{#- The six features of the customers in `totals`, a relation as made by `totals_seen_from`, as of
    the snapshot date of `snapshot`. -#}
{% macro features_of_totals(totals, snapshot) -%}
    select
        totals.customer_id,
        cast({{ days_between('totals.last_purchase_date', 'seen.snapshot_date') }} as integer)
            as recency_days,
        cast(totals.frequency as integer) as frequency,
        totals.monetary,
        cast({{ days_between('totals.first_purchase_date', 'totals.last_purchase_date') }} as integer)
            as length_days,
        cast({{ as_double('totals.monetary') }} / totals.frequency as decimal(28, 6))
            as average_spend,
        cast(totals.unique_products as integer) as unique_products,
        totals.first_purchase_date,
        totals.last_purchase_date,
        totals.first_purchase_to_date,
        seen.snapshot_date
    from {{ totals }} as totals
    cross join {{ snapshot }} as seen
    -- Customers with only returns in the window have nothing to cluster.
    where totals.frequency > 0
{%- endmacro %}

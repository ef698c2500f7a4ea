{#- The six features, in the order used everywhere. -#}
{% macro feature_names() -%}
    {{ return([
        'recency_days', 'frequency', 'monetary', 'length_days', 'average_spend', 'unique_products'
    ]) }}
{%- endmacro %}


{#- Where a value stands among all rows, 0 to 1: the middle of its ties, so that equal values get
    equal percentiles. -#}
{% macro percentile(column, best='high') -%}
    cast(2 * (rank() over (order by {{ column }}{{ ' desc' if best == 'low' }}) - 1)
    + count(*) over (partition by {{ column }}) as double) / (2 * count(*) over ())
{%- endmacro %}


{#- A 1-5 score in which equal values get equal scores: the fifth that the middle of the ties falls
    in. `best` is 'high' or 'low': which end of the column earns the 5. -#}
{% macro tie_safe_score(column, best) -%}
    1 + cast(floor(5 * {{ percentile(column, best) }}) as integer)
{%- endmacro %}


{#- A feature as the clustering sees it before scaling; only net spend can be below 0, and then it
    is not clustered. -#}
{% macro log_feature(column) -%}
    ln(1 + greatest(cast({{ column }} as double), 0))
{%- endmacro %}


{#- The rule segment of customers whose returns outweigh their purchases: they are not
    clustered. -#}
{% macro rule_segment() -%}
    {{ return({'id': 0, 'prototype_id': 'no_net_spend'}) }}
{%- endmacro %}


{#- The six features of every customer with a purchase in the window of `snapshot`, a relation of
    one row with snapshot_date and window_start; only of those in `customers`, where it is given. -#}
{% macro features_seen_from(snapshot, customers=none) -%}
    with

    transactions as (
        select
            stg_transactions.transaction_id,
            coalesce(customer_merges.into_customer_id, stg_transactions.customer_id) as customer_id,
            stg_transactions.product_id,
            stg_transactions.purchased_on,
            stg_transactions.amount,
            stg_transactions.amount > 0 as is_purchase
        from {{ ref('stg_transactions') }} as stg_transactions
        left join {{ model_or_seed('customer_merges') }} as customer_merges
            on stg_transactions.customer_id = customer_merges.from_customer_id
        where stg_transactions.rejection_reason is null
    ),

    lines_in_window as (
        select
            transactions.customer_id,
            transactions.amount,
            snapshot.snapshot_date,
            -- Null for a return: no date and no count sees it.
            case when transactions.is_purchase then transactions.purchased_on end as purchase_date,
            case when transactions.is_purchase then transactions.transaction_id end as purchase_id,
            case when transactions.is_purchase then transactions.product_id end as purchased_product
        from transactions
        inner join {{ snapshot }} as snapshot
            on
                transactions.purchased_on >= snapshot.window_start
                and transactions.purchased_on < snapshot.snapshot_date
        {%- if customers %}
        where transactions.customer_id in (select {{ customers }}.customer_id from {{ customers }})
        {%- endif %}
    ),

    aggregated as (
        select
            customer_id,
            snapshot_date,
            min(purchase_date) as first_purchase_date,
            max(purchase_date) as last_purchase_date,
            count(distinct purchase_id) as frequency,
            cast(sum(amount) as decimal(28, 4)) as monetary,
            count(distinct purchased_product) as unique_products
        from lines_in_window
        group by customer_id, snapshot_date
    ),

    features as (
        select
            customer_id,
            {{ days_between('last_purchase_date', 'snapshot_date') }} as recency_days,
            frequency,
            monetary,
            {{ days_between('first_purchase_date', 'last_purchase_date') }} as length_days,
            cast(cast(monetary as double) / frequency as decimal(28, 6)) as average_spend,
            unique_products,
            first_purchase_date,
            last_purchase_date,
            snapshot_date
        from aggregated
        -- Only returns in the window: nothing to group by.
        where frequency > 0
    )

    select * from features
{%- endmacro %}

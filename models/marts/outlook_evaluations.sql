-- One row per evaluation of an outlook and decile of its customers by expected spend.
with

versions as (
    select
        model_versions.refresh_number,
        model_versions.snapshot_date,
        model_versions.outlook_days,
        {{ days_after('model_versions.snapshot_date', '-model_versions.outlook_days') }}
            as seen_from
    from {{ ref('int_model_versions') }} as model_versions
),

known as (
    select
        known_versions.*,
        versions.snapshot_date,
        versions.outlook_days,
        versions.seen_from
    from {{ ref('int_known_versions') }} as known_versions
    inner join versions
        on known_versions.refresh_number = versions.refresh_number
),

customers as (
    select
        refresh_number,
        customer_id,
        {%- for feature in feature_names() %}
        {{ log_feature(feature) }} as log_{{ feature }},
        {%- endfor %}
        later_spend,
        later_purchases,
        expected_spend,
        purchase_probability
    from {{ ref('int_customers_clustered') }}
    where row_kind = 'backtest'
),

-- The version that scored on the day from which a later fit sees its customers. Their spend since
-- then is what its outlook was about.
judged as (
    select
        max(later.refresh_number) as refresh_number,
        max(earlier.model_version) as model_version
    from known as later
    inner join known as earlier
        on
            later.seen_from >= earlier.snapshot_date
            and later.outlook_days = earlier.outlook_days
    where
        earlier.is_accepted
        and earlier.expected_spend_bias is not null
    group by later.seen_from, later.outlook_days
),

predicted as (
    select
        'backtest' as evaluation,
        known.model_version,
        known.seen_from,
        known.snapshot_date as seen_until,
        customers.customer_id,
        customers.later_spend,
        customers.later_purchases,
        customers.expected_spend,
        customers.purchase_probability
    from customers
    inner join known
        on customers.refresh_number = known.refresh_number
    union all
    select
        'outcome' as evaluation,
        judged.model_version,
        later.seen_from,
        later.snapshot_date as seen_until,
        customers.customer_id,
        customers.later_spend,
        customers.later_purchases,
        {{ spend_of_logarithm(linear_score('customers', 'earlier', 'expected_spend')) }}
            as expected_spend,
        {{ probability_of_logit(linear_score('customers', 'earlier', 'purchase_probability')) }}
            as purchase_probability
    from judged
    inner join known as later
        on judged.refresh_number = later.refresh_number
    inner join known as earlier
        on judged.model_version = earlier.model_version
    inner join customers
        on judged.refresh_number = customers.refresh_number
),

ranked as (
    select
        *,
        ntile(10) over (
            partition by model_version, seen_from
            order by expected_spend desc, customer_id asc
        ) as decile
    from predicted
),

outlook_evaluations as (
    select
        model_version,
        evaluation,
        seen_from,
        seen_until,
        cast(decile as integer) as decile,
        count(*) as customers,
        {{ exact_sum('expected_spend') }} as expected_spend,
        {{ exact_sum('later_spend') }} as seen_spend,
        {{ exact_sum('purchase_probability') }} as expected_buyers,
        count(case when later_purchases > 0 then 1 end) as seen_buyers
    from ranked
    group by model_version, evaluation, seen_from, seen_until, decile
)

select * from outlook_evaluations

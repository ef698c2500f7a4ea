-- One row per customer as seen three months before the snapshot date, with the spend since; for
-- judging a new model.
{%- set later_months = 3 %}
{%- set window_months = observation_months_setting() or later_months %}
with

refresh as (
    select
        snapshot_date as spend_until,
        {{ months_before('snapshot_date', later_months) }} as snapshot_date
    from {{ ref('int_current_refresh') }}
    where refit_reason is not null
),

transactions as (
    select
        coalesce(customer_merges.into_customer_id, stg_transactions.customer_id) as customer_id,
        stg_transactions.purchased_on,
        stg_transactions.amount
    from {{ ref('stg_transactions') }} as stg_transactions
    left join {{ model_or_seed('customer_merges') }} as customer_merges
        on stg_transactions.customer_id = customer_merges.from_customer_id
    where stg_transactions.rejection_reason is null
),

first_line as (
    select min(purchased_on) as first_date
    from transactions
),

holdout as (
    select
        refresh.spend_until,
        refresh.snapshot_date,
        {{ months_before('refresh.snapshot_date', window_months) }} as window_start
    from refresh
),

-- Only where the history reaches back over the whole earlier window.
covered as (
    select holdout.*
    from holdout
    inner join first_line
        on holdout.window_start >= first_line.first_date
),

features as (
    {{ features_seen_from('covered') }}
),

sampled as (
    select *
    from features
    where monetary > 0
    order by {{ dbt.hash('customer_id') }}, customer_id
    limit {{ training_customers_setting() }}
),

later as (
    select
        transactions.customer_id,
        sum(transactions.amount) as later_spend
    from transactions
    inner join covered
        on
            transactions.purchased_on >= covered.snapshot_date
            and transactions.purchased_on < covered.spend_until
    group by transactions.customer_id
),

int_holdout_customers as (
    select
        sampled.customer_id,
        {%- for feature in feature_names() %}
        sampled.{{ feature }},
        {%- endfor %}
        coalesce(later.later_spend, 0) as later_spend
    from sampled
    left join later
        on sampled.customer_id = later.customer_id
)

select * from int_holdout_customers

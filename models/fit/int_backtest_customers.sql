-- One row per customer, seen from `outlook_days` before the snapshot date, with the spend since
-- then. For judging a new model and fitting its outlook.
{%- set observation_months = observation_months_setting() %}
with

refresh as (
    select
        snapshot_date as spend_until,
        {{ days_after('snapshot_date', -outlook_days_setting()) }} as snapshot_date
    from {{ ref('int_current_refresh') }}
    where refit_reason is not null
),

first_line as (
    select min(purchased_on) as first_date
    from {{ ref('int_loaded_lines') }}
),

backtest as (
    select
        refresh.spend_until,
        refresh.snapshot_date,
        {%- if observation_months %}
        {{ months_before('refresh.snapshot_date', observation_months) }} as window_start,
        {{ months_before('refresh.snapshot_date', observation_months) }} as needed_since
        {%- else %}
        cast('0001-01-01' as date) as window_start,
        {{ days_after('refresh.snapshot_date', -outlook_days_setting()) }} as needed_since
        {%- endif %}
    from refresh
),

-- Only if the history covers the whole earlier window; without a window, as many days as follow.
covered as (
    select backtest.*
    from backtest
    inner join first_line
        on backtest.needed_since >= first_line.first_date
),

transactions as (
    select
        coalesce(
            customer_merges.into_customer_id, transaction_lines.customer_id
        ) as customer_id,
        transaction_lines.transaction_id,
        transaction_lines.purchased_on,
        transaction_lines.amount
    from {{ ref('int_loaded_lines') }} as transaction_lines
    inner join covered
        on
            transaction_lines.purchased_on >= covered.window_start
            and transaction_lines.purchased_on < covered.spend_until
    left join {{ ref('stg_customer_merges') }} as customer_merges
        on transaction_lines.customer_id = customer_merges.from_customer_id
),

-- Sampled before the features are computed: computing them for everyone would cost as much as in
-- the build itself.
sampled as (
    select transactions.customer_id
    from transactions
    inner join covered
        on transactions.purchased_on < covered.snapshot_date
    where transactions.amount > 0
    group by transactions.customer_id
    order by {{ dbt.hash('transactions.customer_id') }}, transactions.customer_id
    limit {{ training_customers_setting() }}
),

totals as (
    {{ totals_seen_from('covered', customers='sampled') }}
),

features as (
    {{ features_of_totals('totals', 'covered') }}
),

later as (
    select
        transactions.customer_id,
        sum(transactions.amount) as later_spend,
        count(distinct case when transactions.amount > 0 then transactions.transaction_id end)
            as later_purchases
    from transactions
    inner join covered
        on transactions.purchased_on >= covered.snapshot_date
    where transactions.customer_id in (select sampled.customer_id from sampled)
    group by transactions.customer_id
),

int_backtest_customers as (
    select
        features.customer_id,
        {%- for feature in feature_names() %}
        features.{{ feature }},
        {%- endfor %}
        coalesce(later.later_spend, 0) as later_spend,
        coalesce(later.later_purchases, 0) as later_purchases
    from features
    left join later
        on features.customer_id = later.customer_id
    where features.monetary > 0
)

select * from int_backtest_customers

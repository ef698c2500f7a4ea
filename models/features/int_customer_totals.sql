-- One row per customer with a line before the snapshot date: the totals in the observation window
-- and to date. Kept from refresh to refresh: only changed customers are recomputed.
with

refresh as (
    select
        refresh_number,
        snapshot_date,
        window_start
    from {{ ref('int_current_refresh') }}
),

{% if is_incremental() -%}
changed as (
    select customer_id
    from {{ ref('int_changed_customers') }}
),

totals as (
    {{ totals_seen_from('refresh', customers='changed') }}
),

-- Customers with no lines left get a row of zeros, which replaces their old totals. They are told
-- apart by net_spend_to_date, which is null.
counted as (
    select
        changed.customer_id,
        totals.first_purchase_date,
        totals.last_purchase_date,
        coalesce(totals.frequency, 0) as frequency,
        coalesce(totals.monetary, cast(0 as decimal(28, 4))) as monetary,
        coalesce(totals.unique_products, 0) as unique_products,
        totals.first_purchase_to_date,
        coalesce(totals.purchase_days_to_date, 0) as purchase_days_to_date,
        coalesce(totals.transactions_to_date, 0) as transactions_to_date,
        totals.net_spend_to_date
    from changed
    left join totals
        on changed.customer_id = totals.customer_id
),
{%- else -%}
counted as (
    {{ totals_seen_from('refresh') }}
),
{%- endif %}

int_customer_totals as (
    select
        counted.*,
        refresh.refresh_number
    from counted
    cross join refresh
)

select * from int_customer_totals
-- depends_on: {{ ref('int_changed_customers') }}

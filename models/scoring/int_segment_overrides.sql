-- One row per override: the segment it names, and whether it applies in this refresh or why not.
with

overrides as (
    select
        {{ customer_id_text(source_settings(), 'customer_id') }} as customer_id,
        segment,
        reason,
        cast(valid_from as date) as valid_from,
        cast(valid_until as date) as valid_until
    from {{ model_or_seed('segment_overrides') }}
),

customers as (
    select customer_id
    from {{ ref('int_customer_totals') }}
    where net_spend_to_date is not null
),

refresh as (
    select snapshot_date
    from {{ ref('int_current_refresh') }}
),

segments as (
    select
        segment_id,
        segment_name
    from {{ ref('int_segments') }}
    where is_active
),

-- An override may name a segment by name or by id.
meant as (
    select
        segment_id,
        segment_name as segment
    from segments
    union distinct
    select
        segment_id,
        {{ as_text('segment_id') }} as segment
    from segments
),

matched as (
    select
        overrides.*,
        meant.segment_id,
        customers.customer_id is not null as is_known_customer,
        coalesce(overrides.valid_from <= refresh.snapshot_date, true)
        and coalesce(overrides.valid_until >= refresh.snapshot_date, true) as is_current
    from overrides
    cross join refresh
    left join customers
        on overrides.customer_id = customers.customer_id
    left join meant
        on overrides.segment = meant.segment
),

ranked as (
    select
        *,
        -- The override that began last wins.
        row_number() over (
            partition by customer_id, is_current
            order by
                case when segment_id is null then 1 else 0 end asc,
                valid_from desc nulls last,
                segment_id asc
        ) as override_rank
    from matched
),

int_segment_overrides as (
    select
        customer_id,
        segment,
        reason,
        valid_from,
        valid_until,
        segment_id,
        is_current
        and is_known_customer
        and segment_id is not null
        and override_rank = 1 as is_applied,
        case
            when not is_current then null
            when not is_known_customer then 'unknown customer'
            when segment_id is null then 'unknown segment'
            when override_rank > 1 then 'another override of the customer began later'
        end as problem
    from ranked
)

select * from int_segment_overrides

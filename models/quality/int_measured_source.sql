-- One row per check of what the source is, and one per sign in a column that no setting reads.
{%- set compared_products = 20 %}
{%- set least_purchases, least_lines = 20, 100 %}
{%- set are_files = lines_are_in_files(source_settings()) %}
{%- set source_lines = text_literal(source_settings().lines) %}
with

-- Per file, because one alone may be in cents.
delivered as (
    select
        {{ 'fingerprint' if are_files else '0' }} as delivery,
        case when amount >= 100 and amount = floor(amount) then amount end as whole_amount
    from {{ ref('int_loaded_lines') }}
    where amount > 0
),

deliveries as (
    select
        count(*) as line_count,
        count(whole_amount) as whole_count,
        max(whole_amount) as example
    from delivered
    group by delivery
    having count(*) >= {{ least_purchases }}
),

ranked_deliveries as (
    select
        line_count,
        whole_count,
        example,
        row_number() over (
            order by
                {{ as_double('whole_count') }} / line_count desc,
                line_count desc,
                example desc
        ) as most_first
    from deliveries
),

loaded as (
    select
        count(*) as line_count,
        sum(amount) as revenue,
        max(amount) as largest_amount
    from {{ ref('int_loaded_lines') }}
),

-- One row even if no delivery has enough purchases.
purchases as (
    select
        max(line_count) as line_count,
        max(whole_count) as whole_count,
        max(example) as example
    from ranked_deliveries
    where most_first = 1
),

counted_signs as (
    select
        unmapped_sign,
        unmapped_sign like '% = %' as is_code,
        count(*) as line_count
    from {{ ref('int_loaded_lines') }}
    where unmapped_sign is not null and amount > 0
    group by unmapped_sign
),

numbered_signs as (
    select
        unmapped_sign,
        is_code,
        line_count,
        row_number() over (
            partition by is_code order by line_count desc, unmapped_sign asc
        ) as most_first
    from counted_signs
),

-- Of currencies and codes, those other than the most common ones.
signs as (
    select
        unmapped_sign,
        line_count
    from numbered_signs
    where not is_code or most_first > 1
),

seen as (
    select snapshot_date
    from {{ ref('int_snapshot') }}
),

-- Of earlier snapshot dates, so building the same one again gives the same result.
newest_first as (
    select
        earlier.source_lines,
        earlier.best_sellers,
        row_number() over (
            order by earlier.snapshot_date desc, earlier.refresh_number desc
        ) as newest_rank
    from {{ ref('earlier_refreshes') }} as earlier
    inner join seen
        on earlier.snapshot_date < coalesce(seen.snapshot_date, cast('9999-12-31' as date))
),

-- One row even if there is no earlier refresh.
last_refresh as (
    select
        max(source_lines) as source_lines,
        max(best_sellers) as best_sellers
    from newest_first
    where newest_rank = 1
),

best_sellers as (
    select
        best.product_id,
        -- Not like: an id may hold an underscore.
        replace(last_refresh.best_sellers, '|' || best.product_id || '|', '')
        <> last_refresh.best_sellers as is_known
    from {{ ref('int_best_sellers') }} as best
    cross join last_refresh
    where best.best_first <= {{ compared_products }}
),

sold as (
    select
        count(is_known) as product_count,
        count(case when not is_known then 1 end) as new_count,
        min(case when not is_known then product_id end) as example
    from best_sellers
),

int_measured_source as (
    select
        'unmapped_column_share' as check_name,
        signs.unmapped_sign as subject,
        {{ as_double('signs.line_count') }} / loaded.line_count as value,
        {{ whole_number_text('signs.line_count') }} || ' of '
        || {{ whole_number_text('loaded.line_count') }} as detail
    from signs
    cross join loaded
    union all
    select
        'largest_line_share' as check_name,
        null as subject,
        case
            when line_count >= {{ least_lines }}
                then {{ as_double('largest_amount') }} / nullif({{ as_double('revenue') }}, 0)
        end as value,
        {{ whole_number_text('coalesce(largest_amount, 0)') }} || ' of '
        || {{ whole_number_text('coalesce(revenue, 0)') }} as detail
    from loaded
    union all
    select
        'whole_amount_share' as check_name,
        null as subject,
        {{ as_double('whole_count') }} / line_count as value,
        {{ whole_number_text('coalesce(whole_count, 0)') }} || ' of '
        || {{ whole_number_text('coalesce(line_count, 0)') }}
        || coalesce(', such as ' || {{ whole_number_text('example') }}, '') as detail
    from purchases
    union all
    select
        'new_best_seller_share' as check_name,
        null as subject,
        {{ as_double('new_count') }} / nullif(product_count, 0) as value,
        {{ whole_number_text('new_count') }} || ' of '
        || {{ whole_number_text('product_count') }} || coalesce(', such as ' || example, '')
            as detail
    from sold
    union all
    select
        'changed_source' as check_name,
        null as subject,
        case
            when source_lines <> {{ source_lines }} then 1
            when source_lines is not null then 0
        end as value,
        case
            when source_lines <> {{ source_lines }}
                then 'from ' || source_lines || ' to ' || {{ source_lines }}
            else 'none'
        end as detail
    from last_refresh
)

select * from int_measured_source

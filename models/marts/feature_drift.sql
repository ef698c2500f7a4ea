-- One row per measure of drift since the model in use was fitted, and one row for the verdict.
{%- set psi_limit, distance_limit, low_margin, low_margin_limit = 0.25, 1.25, 0.10, 0.30 %}
with

version as (
    select *
    from {{ ref('int_scoring_versions') }}
    where is_active
),

shifts as (
    select *
    from {{ ref('int_feature_shifts') }}
),

scored as (
    select
        count(*) as customers,
        {{ exact_mean('distance') }} as mean_distance,
        cast(sum(
            case
                when second_distance - distance < {{ low_margin }} * second_distance then 1
                else 0
            end
        ) as {{ type_double() }}) / nullif(count(*), 0) as low_margin_share
    from {{ ref('int_customers_scored') }}
    where is_active
),

trained as (
    select
        {{ exact_sum('centroids.mean_distance * centroids.training_customers') }}
        / sum(centroids.training_customers) as mean_distance
    from {{ ref('int_segment_centroids') }} as centroids
    inner join version
        on
            centroids.refresh_number = version.refresh_number
            and centroids.segment_count = version.segment_count
),

measures as (
    select
        measure,
        population_stability_index as value,
        {{ as_double(psi_limit) }} as threshold
    from shifts
    union all
    select
        'mean_distance_ratio' as measure,
        scored.mean_distance / nullif(trained.mean_distance, 0) as value,
        {{ as_double(distance_limit) }} as threshold
    from scored
    cross join trained
    union all
    select
        'low_margin_share' as measure,
        low_margin_share as value,
        {{ as_double(low_margin_limit) }} as threshold
    from scored
),

judged as (
    select
        *,
        coalesce(value > threshold, false) as is_exceeded
    from measures
),

verdict as (
    select
        'verdict' as measure,
        {{ as_double('sum(case when is_exceeded then 1 else 0 end)') }} as value,
        {{ as_double('0') }} as threshold,
        {{ texts_joined(
            "case when is_exceeded then measure || ' is ' || " ~ rounded_text('value', 2)
            ~ " || ', above ' || " ~ rounded_text('threshold', 2) ~ ' end',
            "'; '", 'order by measure'
        ) }} as reason
    from judged
),

feature_drift as (
    select
        measure,
        value,
        threshold,
        is_exceeded as refit_recommended,
        {{ as_text('null') }} as reason
    from judged
    union all
    select
        measure,
        value,
        threshold,
        value > 0 as refit_recommended,
        coalesce(reason, 'no measure is above its threshold') as reason
    from verdict
)

select * from feature_drift

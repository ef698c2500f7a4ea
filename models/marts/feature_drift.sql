-- One row per measure of drift since the active model was fitted, and one for the verdict.
{%- set low_margin = 0.10 %}
with

version as (
    select *
    from {{ ref('int_known_versions') }}
    where is_active
),

shifts as (
    select *
    from {{ ref('int_feature_shifts') }}
),

scored as (
    select
        {{ exact_mean('distance') }} as mean_distance,
        cast(sum(
            case
                when second_distance - distance < {{ low_margin }} * second_distance then 1
                else 0
            end
        ) as {{ type_double() }}) / count(*) as low_margin_share
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
        'population_stability_index' as check_name,
        measure as subject,
        population_stability_index as value
    from shifts
    union all
    select
        'mean_distance_ratio' as check_name,
        null as subject,
        scored.mean_distance / nullif(trained.mean_distance, 0) as value
    from scored
    cross join trained
    union all
    select
        'low_margin_share' as check_name,
        null as subject,
        low_margin_share as value
    from scored
),

judged as (
    {{ judged('measures', facts=['subject']) }}
),

measured as (
    select
        coalesce(subject, check_name) as measure,
        value,
        warn_threshold as threshold,
        status <> 'ok' as refit_recommended,
        case when status <> 'ok' then verdict end as reason
    from judged
),

verdict as (
    select
        {{ as_double('count(case when refit_recommended then 1 end)') }} as value,
        {{ texts_joined('reason', "' '", 'order by measure') }} as reason
    from measured
),

feature_drift as (
    select
        measure,
        value,
        threshold,
        refit_recommended,
        {{ as_text('null') }} as reason
    from measured
    union all
    select
        'verdict' as measure,
        value,
        {{ as_double('0') }} as threshold,
        value > 0 as refit_recommended,
        coalesce(reason, 'No measure is above its threshold.') as reason
    from verdict
)

select * from feature_drift

-- One row per number of segments of the model version being fitted: the measures of its quality.
with

refresh as (
    select refresh_number
    from {{ ref('int_current_refresh') }}
),

centroids as (
    select
        centroids.*,
        sum(centroids.training_customers) over (
            partition by centroids.segment_count
        ) as all_customers
    from {{ ref('int_segment_centroids') }} as centroids
    inner join refresh
        on centroids.refresh_number = refresh.refresh_number
),

separations as (
    select
        centroids.segment_count,
        centroids.segment_id,
        max(
            (centroids.mean_distance + others.mean_distance)
            / nullif(sqrt({{ squared_distance('centroids.centroid_', 'others.centroid_') }}), 0)
        ) as worst_overlap
    from centroids
    inner join centroids as others
        on
            centroids.segment_count = others.segment_count
            and centroids.segment_id <> others.segment_id
    group by centroids.segment_count, centroids.segment_id
),

averaged as (
    select
        segment_count,
        {{ exact_mean('worst_overlap') }} as davies_bouldin
    from separations
    group by segment_count
),

measured as (
    select
        max(refresh_number) as refresh_number,
        max(model_version) as model_version,
        segment_count,
        {{ as_double('max(all_customers)') }} as customers,
        max(bootstrap_ari) as bootstrap_ari,
        {{ as_double('min(training_customers)') }} / max(all_customers) as smallest_share,
        {{ exact_sum('mean_silhouette * judged_customers') }}
        / sum(judged_customers) as micro_silhouette,
        {{ exact_mean('mean_silhouette') }} as macro_silhouette,
        {%- for feature in feature_names() %}
        {%- set centroid = 'centroid_' ~ feature %}
        -- In scaled units the variance between segments is eta squared; 0 if all values are equal.
        nullif({{ exact_sum('training_customers * ' ~ centroid ~ ' * ' ~ centroid) }}, 0)
        / max(all_customers) as explained_{{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from centroids
    group by segment_count
),

summed as (
    select
        *,
        {{ least_of('explained_', feature_names()) }} as feature_balance,
        {%- for feature in feature_names() %}
        coalesce(explained_{{ feature }}, 0){{ ' +' if not loop.last }}
        {%- endfor %} as explained,
        {%- for feature in feature_names() %}
        coalesce(1 - explained_{{ feature }}, 0){{ ' +' if not loop.last }}
        {%- endfor %} as unexplained
    from measured
),

int_segment_count_measures as (
    select
        summed.refresh_number,
        summed.model_version,
        summed.segment_count,
        cast(summed.customers as bigint) as training_customers,
        summed.customers * summed.unexplained as inertia,
        summed.micro_silhouette,
        summed.macro_silhouette,
        summed.explained * (summed.customers - summed.segment_count)
        / nullif(summed.unexplained * (summed.segment_count - 1), 0) as calinski_harabasz,
        averaged.davies_bouldin,
        summed.bootstrap_ari,
        summed.smallest_share,
        summed.feature_balance,
        int_backtest_scores.backtest_r2
    from summed
    left join averaged
        on summed.segment_count = averaged.segment_count
    left join {{ ref('int_backtest_scores') }} as int_backtest_scores
        on summed.segment_count = int_backtest_scores.segment_count
)

select * from int_segment_count_measures

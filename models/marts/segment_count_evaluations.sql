-- One row per model version and number of segments evaluated.
with

evaluations as (
    select *
    from {{ ref('int_segment_count_evaluations') }}
),

refreshes as (
    select refresh_number
    from {{ ref('int_valid_refreshes') }}
),

segment_count_evaluations as (
    select
        evaluations.model_version,
        evaluations.segment_count,
        evaluations.inertia,
        evaluations.micro_silhouette,
        evaluations.macro_silhouette,
        evaluations.calinski_harabasz,
        evaluations.davies_bouldin,
        evaluations.bootstrap_ari,
        evaluations.smallest_share,
        evaluations.feature_balance,
        evaluations.backtest_r2,
        evaluations.is_chosen,
        evaluations.verdict
    from evaluations
    inner join refreshes
        on evaluations.refresh_number = refreshes.refresh_number
)

select * from segment_count_evaluations

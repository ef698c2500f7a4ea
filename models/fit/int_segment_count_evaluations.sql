-- One row per model version and number of segments that was judged, of completed refreshes or not.
{%- set least_ari, least_share, least_balance, near_tie, least_count = 0.80, 0.02, 0.10, 0.01, 3 %}
{%- set requested = segment_count_setting() %}
with

measures as (
    select
        measures.*,
        -- A choice by evidence that was made stays made while it passes: a segment is to mean the
        -- same next week.
        refresh.refit_reason not like 'settings changed%'
        and coalesce(measures.segment_count = refresh.active_segment_count, false)
            as is_active_count
    from {{ ref('int_segment_count_measures') }} as measures
    inner join {{ ref('int_current_refresh') }} as refresh
        on measures.refresh_number = refresh.refresh_number
),

judged as (
    select
        *,
        {{ objections([
            objection(
                'bootstrap_ari < ' ~ least_ari,
                "'bootstrap ARI ' || " ~ rounded_text('bootstrap_ari', 2)
                ~ " || ' is below " ~ least_ari ~ "; '"
            ),
            objection(
                'smallest_share < ' ~ least_share,
                "'smallest share ' || " ~ rounded_text('smallest_share', 4)
                ~ " || ' is below " ~ least_share ~ "; '"
            ),
            objection(
                'feature_balance < ' ~ least_balance,
                "'feature balance ' || " ~ rounded_text('feature_balance', 2)
                ~ " || ' is below " ~ least_balance ~ "; '"
            ),
            objection(
                'segment_count < ' ~ least_count,
                "'fewer than " ~ least_count ~ " segments; '"
            ),
        ]) }} as objections
    from measures
),

passing as (
    select
        *,
        max(case when objections = '' then macro_silhouette end) over () as best_silhouette
    from judged
),

ranked as (
    select
        -- A fixed number, or as near below it as the customers differ; else the evidence; and
        -- where none passes, the fewest segments of those asked for, so that there always is a
        -- segmentation.
        {%- if requested %}
        row_number() over (
            order by
                case when segment_count <= {{ requested }} then 0 else 1 end asc,
                segment_count desc
        ) as place,
        {%- else %}
        row_number() over (
            order by
                case when objections = '' and is_active_count then 0 else 1 end,
                case
                    when objections = '' and macro_silhouette >= best_silhouette - {{ near_tie }}
                        then 0
                    when segment_count >= {{ least_count }} then 1
                    else 2
                end,
                case
                    when segment_count < {{ least_count }} then -segment_count
                    else segment_count
                end
        ) as place,
        {%- endif %}
        *
    from passing
),

int_segment_count_evaluations as (
    select
        refresh_number,
        model_version,
        segment_count,
        training_customers,
        inertia,
        micro_silhouette,
        macro_silhouette,
        calinski_harabasz,
        davies_bouldin,
        bootstrap_ari,
        smallest_share,
        feature_balance,
        backtest_r2,
        place = 1 as is_chosen,
        {%- if requested %}
        case
            when place = 1 then 'chosen: the variable segment_count is {{ requested }}'
            else 'not chosen: the variable segment_count is {{ requested }}'
        end
        {%- else %}
        case
            when place = 1 and objections = '' and is_active_count
                then 'chosen: the active model has as many, and they still pass'
            when place = 1 and objections = ''
                then 'chosen: the best macro silhouette of those that pass, '
                    || 'fewer segments on a near tie'
            when place = 1 then 'chosen for want of one that passes every guard: ' || objections
            when objections <> '' then 'refused: ' || objections
            else 'passed, but another was chosen'
        end
        {%- endif %} as verdict
    from ranked
)

select * from int_segment_count_evaluations

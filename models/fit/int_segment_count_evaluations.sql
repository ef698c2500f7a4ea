-- One row per model version and number of segments evaluated, whether or not the refresh
-- completed.
{%- set near_tie = 0.01 %}
{%- set requested = segment_count_setting() %}
with

measures as (
    select
        measures.*,
        -- A number chosen by evidence is kept while it passes, so segments mean the same next
        -- week.
        refresh.refit_reason not like 'settings changed%'
        and coalesce(measures.segment_count = refresh.active_segment_count, false)
            as is_active_count
    from {{ ref('int_segment_count_measures') }} as measures
    inner join {{ ref('int_current_refresh') }} as refresh
        on measures.refresh_number = refresh.refresh_number
),

objections as (
    select
        segment_count,
        {{ texts_joined('objection', "' '", 'order by check_name') }} as objections,
        max(case when check_name = 'segment_count' then 1 else 0 end) as is_too_few
    from {{ ref('int_segment_count_objections') }}
    group by segment_count
),

judged as (
    select
        measures.*,
        objections.objections,
        objections.objections is null as is_passing,
        coalesce(objections.is_too_few, 0) as is_too_few,
        max(case when objections.objections is null then measures.macro_silhouette end) over ()
            as best_silhouette
    from measures
    left join objections
        on measures.segment_count = objections.segment_count
),

ranked as (
    select
        -- First the fixed number, or the largest below it if too few customers differ. Otherwise
        -- the evidence decides. If nothing passes, the fewest segments considered, so there is
        -- always a segmentation.
        {%- if requested %}
        row_number() over (
            order by
                case when segment_count <= {{ requested }} then 0 else 1 end asc,
                segment_count desc
        ) as choice_rank,
        {%- else %}
        row_number() over (
            order by
                case when is_passing and is_active_count then 0 else 1 end,
                case
                    when is_passing and macro_silhouette >= best_silhouette - {{ near_tie }} then 0
                    else 1 + is_too_few
                end,
                case when is_too_few = 1 then -segment_count else segment_count end
        ) as choice_rank,
        {%- endif %}
        *
    from judged
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
        choice_rank = 1 as is_chosen,
        {%- if requested %}
        case
            when choice_rank = 1 then 'Chosen: the variable segment_count is {{ requested }}.'
            else 'Not chosen: the variable segment_count is {{ requested }}.'
        end
        {%- else %}
        case
            when choice_rank = 1 and is_passing and is_active_count
                then 'Chosen: the active model has as many segments, and they still pass.'
            when choice_rank = 1 and is_passing
                then 'Chosen: the best macro silhouette of those that pass,'
                    || ' fewer segments on a near tie.'
            when choice_rank = 1 then 'Chosen because none passes every check. ' || objections
            when is_passing then 'Passed, but another number of segments was chosen.'
            else 'Declined. ' || objections
        end
        {%- endif %} as verdict
    from ranked
)

select * from int_segment_count_evaluations

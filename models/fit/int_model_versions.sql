-- One row per model version: why and on what it was fitted, its measures, whether it may score.
{%- set least_share, most_moved = 0.02, 0.30 %}
with

refresh as (
    select *
    from {{ ref('int_current_refresh') }}
),

scalers as (
    select *
    from {{ ref('int_scalers') }}
),

labelled as (
    select clustered.*
    from {{ ref('int_customers_clustered') }} as clustered
    inner join {{ ref('int_segment_count_evaluations') }} as evaluations
        on
            clustered.refresh_number = evaluations.refresh_number
            and clustered.segment_count = evaluations.segment_count
    inner join refresh
        on clustered.refresh_number = refresh.refresh_number
    where evaluations.is_chosen
),

contradicting as (
    {{ segments_against_their_prototype('labelled') }}
),

contradictions as (
    select count(*) as segments
    from contradicting
),

sampled as (
    select count(*) as customers
    from {{ ref('int_training_customers') }}
),

compared as (
    select
        {{ as_double('sum(case when from_segment_id = to_segment_id then 0 else customers end)') }}
        / sum(customers) as moved_share,
        sum(customers) as customers,
        count(distinct to_segment_id) as segments,
        {{ texts_joined('lineage', "'; '", 'order by lineage') }} as lineage
    from {{ ref('int_segment_lineage') }}
),

judged as (
    select
        evaluations.*,
        refresh.snapshot_date,
        refresh.refit_reason,
        refresh.active_version,
        case when refresh.active_version is not null then compared.moved_share end as moved_share,
        case when refresh.active_version is not null then compared.lineage end as lineage,
        {{ objections([
            objection(
                'compared.customers < sampled.customers'
                ~ ' or compared.segments < evaluations.segment_count',
                "'coverage: not every customer or segment has a label; '"
            ),
            objection(
                'evaluations.smallest_share < ' ~ least_share,
                "'smallest segment: share ' || " ~ rounded_text('evaluations.smallest_share', 4)
                ~ " || ' is below " ~ least_share ~ "; '"
            ),
            objection(
                "refresh.refit_reason not like 'settings changed%'"
                ~ ' and refresh.active_version is not null'
                ~ ' and compared.moved_share > ' ~ most_moved,
                "'stability: the refit alone would move a share of ' || "
                ~ rounded_text('compared.moved_share', 2)
                ~ " || ', more than " ~ most_moved ~ "; '"
            ),
            objection(
                'contradictions.segments > 0',
                "'directions: a segment contradicts the prototype it is named after; '"
            ),
        ]) }} as objections
    from refresh
    inner join {{ ref('int_segment_count_evaluations') }} as evaluations
        on
            refresh.refresh_number = evaluations.refresh_number
            and evaluations.is_chosen
    cross join compared
    cross join contradictions
    cross join sampled
),

int_model_versions as (
    select
        judged.refresh_number,
        judged.model_version,
        judged.snapshot_date,
        judged.refit_reason,
        '{{ model_settings() }}' as settings,
        judged.segment_count,
        judged.training_customers,
        {%- for feature in feature_names() %}
        scalers.center_{{ feature }},
        scalers.scale_{{ feature }},
        {%- endfor %}
        judged.inertia,
        judged.micro_silhouette,
        judged.macro_silhouette,
        judged.bootstrap_ari,
        judged.smallest_share,
        judged.feature_balance,
        judged.moved_share,
        judged.lineage,
        judged.objections,
        -- Nothing to fall back on: a first version scores, with its objections on record.
        judged.objections = '' or judged.active_version is null as is_accepted
    from judged
    inner join scalers
        on judged.refresh_number = scalers.refresh_number
)

select * from int_model_versions

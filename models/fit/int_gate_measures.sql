-- One row if this refresh fits a model version: what the gate judges.
with

refresh as (
    select
        refresh_number,
        refit_reason,
        active_version,
        active_segment_count
    from {{ ref('int_current_refresh') }}
),

evaluations as (
    select
        refresh_number,
        segment_count,
        smallest_share
    from {{ ref('int_segment_count_evaluations') }}
    where is_chosen
),

labelled as (
    select clustered.*
    from {{ ref('int_customers_clustered') }} as clustered
    inner join evaluations
        on
            clustered.refresh_number = evaluations.refresh_number
            and clustered.segment_count = evaluations.segment_count
    inner join refresh
        on clustered.refresh_number = refresh.refresh_number
    where clustered.row_kind is null
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

lineages as (
    select lineages.*
    from {{ ref('int_segment_lineage') }} as lineages
    inner join refresh
        on lineages.refresh_number = refresh.refresh_number
),

compared as (
    select
        {{ as_double('sum(case when from_segment_id = to_segment_id then 0 else customers end)') }}
        / sum(customers) as moved_share,
        coalesce(sum(customers), 0) as customers,
        count(distinct to_segment_id) as segments,
        {{ texts_joined('lineage', "'; '", 'order by lineage') }} as lineage
    from lineages
),

-- The segments of the active model: the share of its training customers in each, and of those of
-- this refresh.
sizes as (
    select
        segment_id,
        {{ as_double('sum(trained)') }} / nullif(sum(sum(trained)) over (), 0) as trained_share,
        {{ as_double('sum(seen)') }} / nullif(sum(sum(seen)) over (), 0) as seen_share
    from (
        select
            centroids.segment_id,
            centroids.training_customers as trained,
            0 as seen
        from {{ ref('earlier_segment_centroids') }} as centroids
        inner join refresh
            on
                centroids.model_version = refresh.active_version
                and centroids.segment_count = refresh.active_segment_count
        union all
        select
            from_segment_id as segment_id,
            0 as trained,
            customers as seen
        from lineages
        where from_segment_id is not null
    ) as counted
    group by segment_id
),

drifted as (
    select {{ exact_sum(stability_term('seen_share', 'trained_share')) }} as segment_drift
    from sizes
),

int_gate_measures as (
    select
        refresh.refresh_number,
        evaluations.smallest_share,
        case when refresh.active_version is not null then compared.moved_share end as moved_share,
        case when refresh.active_version is not null then compared.lineage end as lineage,
        case when refresh.active_version is not null then drifted.segment_drift end
            as segment_drift,
        -- When settings change, customers are expected to move.
        refresh.refit_reason not like 'settings changed%' as is_comparable,
        contradictions.segments as contradicted_prototypes,
        evaluations.segment_count - compared.segments as empty_segments,
        sampled.customers - compared.customers as unlabelled_customers
    from refresh
    inner join evaluations
        on refresh.refresh_number = evaluations.refresh_number
    cross join compared
    cross join drifted
    cross join contradictions
    cross join sampled
)

select * from int_gate_measures

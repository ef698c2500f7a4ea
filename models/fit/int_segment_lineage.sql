-- One row per model version and pair of segments, of the version before and its own, that share
-- training customers: which segment became which.
with

refresh as (
    select refresh_number
    from {{ ref('int_current_refresh') }}
),

evaluations as (
    select
        refresh_number,
        segment_count
    from {{ ref('int_segment_count_evaluations') }}
    where is_chosen
),

shared as (
    select
        clustered.refresh_number,
        clustered.previous_segment_id as from_segment_id,
        clustered.segment_id as to_segment_id,
        count(*) as customers
    from {{ ref('int_customers_clustered') }} as clustered
    inner join refresh
        on clustered.refresh_number = refresh.refresh_number
    inner join evaluations
        on
            clustered.refresh_number = evaluations.refresh_number
            and clustered.segment_count = evaluations.segment_count
    where clustered.row_kind is null
    group by clustered.refresh_number, clustered.previous_segment_id, clustered.segment_id
),

matched as (
    select
        *,
        case when from_segment_id = to_segment_id then 1 else 0 end as is_same
    from shared
),

compared as (
    select
        *,
        2 * customers > sum(customers) over (partition by from_segment_id) as is_most_of_from,
        2 * customers > sum(customers) over (partition by to_segment_id) as is_most_of_to,
        max(is_same) over (partition by from_segment_id) = 0 as is_from_gone,
        max(is_same) over (partition by to_segment_id) = 0 as is_to_new
    from matched
),

int_segment_lineage as (
    select
        refresh_number,
        from_segment_id,
        to_segment_id,
        customers,
        case
            when is_from_gone and is_to_new and is_most_of_from and is_most_of_to
                then {{ segments_text('from_segment_id', ' became ', 'to_segment_id') }}
            when is_to_new and is_most_of_to
                then {{ segments_text('from_segment_id', ' split off ', 'to_segment_id') }}
            when is_from_gone and is_most_of_from
                then {{ segments_text('from_segment_id', ' merged into ', 'to_segment_id') }}
        end as lineage
    from compared
)

select * from int_segment_lineage

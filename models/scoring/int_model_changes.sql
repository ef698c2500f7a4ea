-- One row per model version that moves customers: how many of each segment of the version before
-- it, and where to, in words.
with

versions as (
    select
        refresh_number,
        model_version
    from {{ ref('int_known_versions') }}
),

segments as (
    select
        segment_id,
        segment_name
    from {{ ref('int_segments') }}
),

shares as (
    select
        versions.model_version,
        lineages.from_segment_id,
        lineages.to_segment_id,
        {{ as_double('lineages.customers') }} / sum(lineages.customers) over (
            partition by versions.model_version, lineages.from_segment_id
        ) as moved_share
    from {{ ref('int_segment_lineage') }} as lineages
    inner join versions
        on lineages.refresh_number = versions.refresh_number
),

-- Less than half a percent is not worth a word.
moves as (
    select
        shares.model_version,
        shares.from_segment_id,
        shares.to_segment_id,
        shares.moved_share,
        from_segments.segment_name,
        {{ as_text(rounded('100 * shares.moved_share', 0)) }} || '% to '
        || case
            when from_segments.segment_name = to_segments.segment_name then 'the new '
            else ''
        end
        || to_segments.segment_name as move_text
    from shares
    inner join segments as from_segments
        on shares.from_segment_id = from_segments.segment_id
    inner join segments as to_segments
        on shares.to_segment_id = to_segments.segment_id
    where
        shares.from_segment_id <> shares.to_segment_id
        and shares.moved_share >= 0.005
),

by_segment as (
    select
        model_version,
        from_segment_id,
        segment_name || ': '
        || {{ texts_joined(
            'move_text', "', '", 'order by moved_share desc, to_segment_id asc'
        ) }} || '.' as sentence
    from moves
    group by model_version, from_segment_id, segment_name
),

int_model_changes as (
    select
        model_version,
        {{ texts_joined('sentence', "' '", 'order by from_segment_id') }} as changes
    from by_segment
    group by model_version
)

select * from int_model_changes

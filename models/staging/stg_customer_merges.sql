-- One row per customer id that is merged away, with the id at the end of its chain.
{%- set source = source_settings() %}
with

customer_merges as (
    select
        {{ customer_id_text(source, 'from_customer_id') }} as from_customer_id,
        {{ customer_id_text(source, 'into_customer_id') }} as into_customer_id
    from {{ model_or_seed('customer_merges') }}
),

-- A head office is often listed as its own parent: an id merged into itself is not merged away.
listed as (
    select
        from_customer_id,
        min(into_customer_id) as into_customer_id,
        count(distinct into_customer_id) as target_count
    from customer_merges
    where from_customer_id <> into_customer_id
    group by from_customer_id
),

pairs as (
    select
        from_customer_id,
        into_customer_id
    from listed
),

{{ followed_merges_cte() }},

stg_customer_merges as (
    select
        followed_merges.from_customer_id,
        followed_merges.into_customer_id,
        case
            when listed.target_count > 1 then 'several customers'
            when further.from_customer_id is not null then 'circle'
        end as problem
    from followed_merges
    inner join listed
        on followed_merges.from_customer_id = listed.from_customer_id
    left join listed as further
        on followed_merges.into_customer_id = further.from_customer_id
)

select * from stg_customer_merges

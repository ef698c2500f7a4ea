-- A customer with more net spend never has a lower monetary score.
with

scores as (
    select
        monetary,
        min(monetary_score) as lowest_score,
        lag(max(monetary_score)) over (order by monetary) as highest_score_before
    from {{ ref('customer_features') }}
    group by monetary
)

select * from scores
where lowest_score < highest_score_before

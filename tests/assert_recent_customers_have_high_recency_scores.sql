-- A customer who bought more recently never has a lower recency score.
with

scores as (
    select
        last_purchase_date,
        min(recency_score) as lowest_score,
        lag(max(recency_score)) over (order by last_purchase_date) as highest_score_before
    from {{ ref('customer_features') }}
    group by last_purchase_date
)

select * from scores
where lowest_score < highest_score_before

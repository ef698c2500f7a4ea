-- A customer with more transactions never has a lower frequency score.
with

scores as (
    select
        frequency,
        min(frequency_score) as lowest_score,
        lag(max(frequency_score)) over (order by frequency) as highest_score_before
    from {{ ref('customer_features') }}
    group by frequency
)

select * from scores
where lowest_score < highest_score_before

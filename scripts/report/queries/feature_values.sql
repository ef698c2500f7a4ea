-- One row per customer and feature. A view, which the queries about all features read.
create temporary view feature_values as
unpivot (
    select
        segment_id,
        cast(recency_days as double) as recency_days,
        cast(frequency as double) as frequency,
        cast(monetary as double) as monetary,
        cast(length_days as double) as length_days,
        cast(average_spend as double) as average_spend,
        cast(unique_products as double) as unique_products
    from customer_segments
)
on recency_days, frequency, monetary, length_days, average_spend, unique_products
into name feature value value

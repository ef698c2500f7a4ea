{#- Prints the segments, for `make build`: `dbt show` cuts its table after six columns. -#}
{% macro print_segments() -%}
    {%- set segments -%}
        select
            segment_id,
            segment_name,
            customers,
            cast(customer_share as decimal(9, 3)) as customer_share,
            revenue,
            cast(revenue_share as decimal(9, 3)) as revenue_share,
            median_recency_days,
            median_frequency,
            cast(median_monetary as decimal(18, 2)) as median_monetary
        from {{ ref('segment_profiles') }}
        order by segment_id
    {%- endset -%}
    {%- do run_query(segments).print_table(max_rows=none, max_columns=none) -%}
{%- endmacro %}

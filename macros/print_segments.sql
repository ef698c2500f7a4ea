{#- Prints the segments, and how much guests bought, for `make build`: `dbt show` cuts its table
    after six columns. -#}
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
    {%- set guests -%}
        select verdict
        from {{ ref('data_checks') }}
        where check_name = 'guest_revenue_share' and value > 0
    {%- endset -%}
    {%- do run_query(segments).print_table(max_rows=none, max_columns=none) -%}
    {%- for verdict in run_query(guests).columns[0].values() -%}{%- do print(verdict) -%}{%- endfor -%}
{%- endmacro %}

-- One row per described column of customer_features.
select
    column_name,
    comment
from duckdb_columns()
where
    schema_name = 'main'
    and table_name = 'customer_features'
    and comment is not null

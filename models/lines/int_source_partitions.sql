-- One row per source partition (a file, or a day of a table) with a fingerprint that changes
-- whenever its content does.
with

int_source_partitions as (
    {{ source_partitions() }}
)

select * from int_source_partitions
-- depends_on: {{ ref('stg_transactions') }}

-- One row per source partition (a file, or a day of a table) with a fingerprint that changes
-- whenever its content does.
with

int_source_parts as (
    {{ source_parts() }}
)

select * from int_source_parts
-- depends_on: {{ ref('stg_transactions') }}

-- One row per part of the source, a file or a day of a table, with a key that is another one as
-- soon as the part is.
with

int_source_parts as (
    {{ source_parts() }}
)

select * from int_source_parts
-- depends_on: {{ ref('stg_transactions') }}

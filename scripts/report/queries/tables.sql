-- One row per table and view of the file.
select table_name
from information_schema.tables
where table_schema = 'main'

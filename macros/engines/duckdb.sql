{#- DuckDB's version of the macros in default.sql. -#}

{% macro duckdb__try_multiply(left, right) -%}
    try({{ left }} * {{ right }})
{%- endmacro %}

{#- DuckDB knows the type before it runs, so only one branch is left. -#}
{% macro duckdb__calendar_day(column, time_zone) -%}
    {%- set text = as_text(column) -%}
    {%- set zone = 'UTC' if time_zone == 'as_written' else time_zone -%}
    {%- set plain = 'try_cast(' ~ column ~ ' as date)' -%}
    {%- set zoned = ':[0-9]{2}([.][0-9]+)? *([A-Za-z][A-Za-z0-9_/+-]*|[+-][0-9]{2}(:?[0-9]{2})?) *$' -%}
    {#- DuckDB 1.5 reads no zone without seconds. -#}
    {%- set moment = "try_cast(regexp_replace(regexp_replace(" ~ text
        ~ ", ' *([+-][0-9]{2}):?([0-9]{2})? *$', '\\1\\2')"
        ~ ", '([ T][0-9]{1,2}:[0-9]{2})( *[A-Za-z+-])', '\\1:00\\2') as timestamptz)" -%}
    {%- set compact = "case when regexp_full_match(trim(" ~ text ~ "), '[0-9]{8}') then "
        ~ day_by_pattern('trim(' ~ text ~ ')', '%Y%m%d', time_zone) ~ ' end' -%}
    case
            when typeof({{ column }}) = 'TIMESTAMP WITH TIME ZONE'
                then cast(try_cast({{ column }} as timestamptz) at time zone '{{ zone }}' as date)
            {%- if time_zone != 'as_written' %}
            when
                typeof({{ column }}) = 'VARCHAR'
                and regexp_matches({{ text }}, '{{ zoned }}')
                then coalesce(cast({{ moment }} at time zone '{{ zone }}' as date), {{ plain }})
            {%- endif %}
            else coalesce({{ plain }}, {{ compact }})
        end
{%- endmacro %}

{% macro duckdb__day_by_pattern(text, pattern, time_zone) -%}
    {%- set parsed = 'try_strptime(' ~ text ~ ", '" ~ pattern ~ "')" -%}
    {%- if modules.re.search('%[zZ]', pattern) -%}
        {%- set zone = 'UTC' if time_zone == 'as_written' else time_zone -%}
        {%- set parsed = parsed ~ " at time zone '" ~ zone ~ "'" -%}
    {%- endif -%}
    {{ return('try_cast(' ~ parsed ~ ' as date)') }}
{%- endmacro %}

{% macro duckdb__day_of_seconds(seconds, time_zone) -%}
    {%- set zone = 'UTC' if time_zone == 'as_written' else time_zone -%}
    {{ return('cast(to_timestamp(' ~ seconds ~ ") at time zone '" ~ zone ~ "' as date)") }}
{%- endmacro %}

{% macro duckdb__today() -%}
    cast(now() at time zone 'UTC' as date)
{%- endmacro %}

{% macro duckdb__matches(text, expression) -%}
    {{ return('regexp_matches(' ~ text ~ ", '" ~ expression ~ "')") }}
{%- endmacro %}

{% macro duckdb__regexp_group() -%}
    {{ return('\\') }}
{%- endmacro %}

{% macro duckdb__plain_number(text, decimals) -%}
    {%- set thousands = '[ .]' if decimals == ',' else '[ ,]' -%}
    {%- set joined = "regexp_replace(" ~ text ~ ", '" ~ thousands ~ "([0-9]{3})\\b', '\\1', 'g')" -%}
    {{ return("translate(" ~ joined ~ ", ',.', '.x')" if decimals == ',' else joined) }}
{%- endmacro %}

{#- Most texts begin with a character after the space in ASCII, and so are not blank: no need to
    trim them. -#}
{% macro duckdb__is_blank(text) -%}
    {{ return('case when ' ~ text ~ " >= '!' then false else " ~ default__is_blank(text) ~ ' end') }}
{%- endmacro %}

{% macro duckdb__whole_number_text(expression) -%}
    {{ return("format('{:,}', cast(" ~ expression ~ " as bigint))") }}
{%- endmacro %}

{% macro duckdb__raise_in_sql(message) -%}
    error({{ message }})
{%- endmacro %}

{% macro duckdb__lines_are_kept() -%}
    {{ return(true) }}
{%- endmacro %}

{#- The fingerprint of a file changes with its size or modification time. That time is in whole
    seconds, so a file changed while it is read, or just before, is read again at the next refresh.
    To find duplicates across files, one changed file changes the fingerprints of all. -#}
{% macro duckdb__partitions_of_files(source) -%}
    select
        filename as source_partition,
        {%- if source['duplicate_lines'] == 'reject' %}
        {{ duckdb__number_of_text("filename || string_agg(file_key, ' ') over ()") }} as fingerprint
        {%- else %}
        {{ duckdb__number_of_text('file_key') }} as fingerprint
        {%- endif %}
    from (
        select
            filename,
            filename || ' ' || size || ' ' || epoch_us(last_modified) || ' {{ reading_key() }}'
            {%- if source['lines'].lower().endswith('.parquet') %}
            || coalesce((
                select ' ' || {{ types_of_columns(source) }}
                from {{ transactions_source(source) }} limit 1
            ), '')
            {%- endif %}
            || case
                when last_modified > now() - interval 2 seconds then ' ' || epoch_us(now()) else ''
            end as file_key
        from read_blob('{{ source['lines'] | replace("'", "''") }}')
        order by filename
    ) as files
{%- endmacro %}

{#- The fingerprint of a day of a table changes with the number of its lines and the sum of their
    hashes. If values are copied between the lines of an order, which may have several days, one
    changed day changes the fingerprints of all. -#}
{% macro duckdb__partitions_of_table(source) -%}
    {%- set day_key = "source_partition || ' ' || count(*) || ' ' || sum(line_hash) || ' ' || max(types) || ' "
        ~ reading_key() ~ "'" -%}
    {%- if source['carried'] -%}
        {%- set day_key = 'source_partition || string_agg(' ~ day_key
            ~ ", ' ' order by source_partition) over ()" -%}
    {%- endif -%}
    select
        source_partition,
        {{ duckdb__number_of_text(day_key) }} as fingerprint
    from (
        select
            {{ partition_of_line(source) }} as source_partition,
            hash({{ columns_read(source) | join(', ') }}) as line_hash,
            {{ types_of_columns(source) }} as types
        from {{ transactions_source(source) }}
    ) as hashed
    group by source_partition
{%- endmacro %}

{#- A number instead of text, because it takes less space per line: the first 60 bits of the
    MD5. -#}
{% macro duckdb__number_of_text(text) -%}
    cast('0x' || substring(md5({{ text }}), 1, 15) as bigint)
{%- endmacro %}

{% macro duckdb__read_files(path, encoding) -%}
    {%- set literal = "'" ~ path | replace("'", "''") ~ "'" -%}
    {%- if path.lower().endswith('.parquet') -%}
        {{ return(
            'read_parquet(' ~ literal ~ ", union_by_name = true, filename = '"
            ~ file_column() ~ "')"
        ) }}
    {%- endif -%}
    {{ return(
        'read_csv(' ~ literal ~ ', ' ~ csv_options(encoding) ~ ", union_by_name = true, filename = '"
        ~ file_column() ~ "')"
    ) }}
{%- endmacro %}

{% macro duckdb__date_formats_with_names() -%}
    {{ return(['%d %b %Y', '%d-%b-%Y', '%b %d, %Y', '%d-%b-%y', '%b-%d-%y', '%d %B %Y', '%B %d, %Y']) }}
{%- endmacro %}

{% macro duckdb__check_time_zone(zone) -%}
    {%- set query = 'select count(*) from pg_timezone_names() where name = ' ~ text_literal(zone) -%}
    {%- if run_query(query).rows[0][0] == 0 -%}
        {{ source_error(
            'time_zone', zone,
            'a zone such as Europe/Berlin, or as_written for the day that stands in the text'
        ) }}
    {%- endif -%}
{%- endmacro %}

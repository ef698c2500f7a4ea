{#- What failed, in sentences at the end of the log. -#}

{#- Says why DuckDB could not read a file, whose own message is long and meant for programmers, and
    which rows break a test, of which dbt says only how many there are. Called by print_summary. -#}
{% macro explain_failures(results) -%}
    {%- for result in results if execute and result.node.resource_type in ('model', 'test')
        and result.node.package_name == 'customer_segmentation' -%}
        {%- set message = result.message | string -%}
        {%- if result.status == 'error' -%}
            {{ customer_segmentation.explain_unreadable_file(message) }}
            {{ customer_segmentation.explain_closed_folder(message) }}
            {%- if 'ValueError: ' in message -%}
                {%- do exceptions.warn(message.split('ValueError: ') | last | trim) -%}
            {%- endif -%}
            {%- if 'Rows that break a rule' in message -%}
                {%- set tested = result.node.depends_on.nodes -%}
                {%- for id in tested -%}
                    {{ customer_segmentation.explain_test(
                        result.node,
                        customer_segmentation.rows_that_break_rules(graph.nodes[id], result.node),
                        ' in ' ~ graph.nodes[id].name if tested | length > 1 else ''
                    ) }}
                {%- endfor -%}
            {%- endif -%}
        {%- elif result.status in ('fail', 'warn') and 'call said(' not in result.node.raw_code -%}
            {{ customer_segmentation.explain_test(result.node, result.node.compiled_code) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{% macro explain_unreadable_file(message) -%}
    {%- set files = modules.re.findall('(?:file = |sniffing file ")([^"\n]+)', message) -%}
    {%- set lines = modules.re.findall('CSV Error on Line: ([0-9]+)', message) -%}
    {%- set counts = modules.re.findall('Columns: ([0-9]+) Found: ([0-9]+)', message) -%}
    {%- if files and ('CSV Error' in message or 'sniffing file' in message) -%}
        {%- set name = files[0] | trim -%}
        {%- set place = 'Line ' ~ lines[0] ~ ' of ' ~ name if lines else 'The file ' ~ name -%}
        {%- if 'not utf-8' in message -%}
            {%- do exceptions.warn(
                'The file ' ~ name ~ ' is not UTF-8: set encoding in source to latin-1 or utf-16 if'
                ~ ' it is in one of these, or else save it as UTF-8.'
            ) -%}
        {%- elif counts -%}
            {%- do exceptions.warn(
                place ~ ' has ' ~ counts[0][1] ~ ' columns where the header has '
                ~ counts[0][0] ~ ': fix the line.'
            ) -%}
        {%- else -%}
            {%- do exceptions.warn(
                place ~ ' cannot be read as CSV: check that quotes are closed, and that all lines'
                ~ ' end alike and have as many columns as the header.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- A model or view over a file outside the folders that `limit_access` allows. -#}
{% macro explain_closed_folder(message) -%}
    {%- set files = modules.re.findall(
        '(?:file|directory) "(.+?)" - file system operations are disabled', message
    ) -%}
    {%- if files -%}
        {%- set folder = customer_segmentation.folder_of(files[0]) -%}
        {%- do exceptions.warn(
            'DuckDB may not read ' ~ files[0] ~ ', which is outside the folders of this project:'
            ~ " add its folder to the variable allowed_directories: ['"
            ~ folder[:-1] ~ "']."
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- The rows of a model that break its rules, which a test itself only counts. -#}
{% macro rows_that_break_rules(model, test) -%}
    {%- set broken = ['1 = 0'] -%}
    {%- for condition in customer_segmentation.conditions_on_rows(model) -%}
        {%- do broken.append('not (' ~ condition ~ ')') -%}
    {%- endfor -%}
    {%- set occurrences = [] -%}
    {%- for key in model.config.meta.get('keys', []) -%}
        {%- set column = 'rows_of_key_' ~ loop.index -%}
        {%- do occurrences.append(', count(*) over (partition by ' ~ key ~ ') as ' ~ column) -%}
        {%- do broken.append(column ~ ' > 1') -%}
    {%- endfor -%}
    {{ return(
        'select * from (select *' ~ occurrences | join ~ ' from ' ~ model.relation_name ~ ' where '
        ~ (test.config.where or 'true') ~ ') as counted where ' ~ broken | join(' or ')
    ) }}
{%- endmacro %}


{#- The first rows that break a test, what it tests, and what to do. -#}
{% macro explain_test(node, query, place='') -%}
    {%- set shown = 3 -%}
    {#- A query may end in a comment. Ordered, so that the same rows are named every time. -#}
    {%- set rows = run_query('select * from (' ~ query ~ '\n) as broken_rows order by 1 limit ' ~ shown) -%}
    {%- set examples = [] -%}
    {%- for row in rows.rows -%}
        {%- set values = [] -%}
        {%- for name in rows.column_names -%}
            {%- do values.append(name ~ ' ' ~ (row[name] | string)[:40]) -%}
        {%- endfor -%}
        {%- do examples.append(values | join(', ')) -%}
    {%- endfor -%}
    {%- if not examples -%}{{ return('') }}{%- endif -%}
    {%- set comments = modules.re.findall('^(?:--.*\n)*', node.raw_code)[0] -%}
    {%- set meaning = comments | replace('-- ', '') | replace('\n', ' ') | trim -%}
    {%- do exceptions.warn(
        'Rows that break ' ~ node.name ~ place ~ ': ' ~ examples | join('; ') ~ '. '
        ~ (meaning ~ ' ' if meaning else '') ~ customer_segmentation.what_to_do(node)
    ) -%}
{%- endmacro %}


{#- What to do about rows that break a test: fix what the user gave, if the test is about it. -#}
{% macro what_to_do(node) -%}
    {%- set given = {
        'stg_segment_prototypes': 'segment_prototypes', 'stg_check_thresholds': 'check_thresholds',
        'stg_customer_merges': 'customer_merges', 'int_segment_overrides': 'segment_overrides',
    } -%}
    {%- set read = [] -%}
    {%- for name in node.depends_on.nodes -%}{%- do read.append(name.split('.')[2]) -%}{%- endfor -%}
    {%- if read | length == 1 and read[0] in given -%}
        {{ return('Correct them in the table that the variable ' ~ given[read[0]] ~ ' names.') }}
    {%- endif -%}
    {{ return(
        'If no table was changed by hand, this is a fault of the project; dbt build --full-refresh'
        ~ ' computes the tables again, and keeps models and history.'
    ) }}
{%- endmacro %}

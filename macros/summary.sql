{#- What a person wants to know at the end of a build: the snapshot date, what was read and rejected,
    totals to compare with the shop's own dashboard, the segments and how they changed, warnings,
    and what to do next. An on-run-end hook of this project; a project that installs it may add the
    hook, or call dbt run-operation print_summary. In that hook dbt finds macros of this project only
    by their full names. -#}
{% macro print_summary(results=none, only_in=none) -%}
    {#- Named here, outside of every condition, so that dbt knows them. -#}
    {%- set tables = {
        'segment_data_checks': ref('customer_segmentation', 'segment_data_checks'),
        'int_current_refresh': ref('customer_segmentation', 'int_current_refresh'),
        'monthly_transaction_totals': ref('customer_segmentation', 'monthly_transaction_totals'),
        'segment_history_summary': ref('customer_segmentation', 'segment_history_summary'),
        'segment_models': ref('customer_segmentation', 'segment_models'),
        'segment_profiles': ref('customer_segmentation', 'segment_profiles'),
    } -%}
    {%- if execute and only_in in (none, project_name) -%}
        {%- do customer_segmentation.explain_failures(results or []) -%}
        {%- set needed = tables.keys() | list -%}
        {%- set built = needed if results is none
            else results | selectattr('status', 'equalto', 'success')
                | map(attribute='node') | map(attribute='name') | list -%}
        {%- set is_whole = needed | reject('in', built) | list == [] -%}
        {%- set lines = customer_segmentation.refresh_in_words(tables) if is_whole else [] -%}
        {%- if 'segment_data_checks' in built -%}
            {%- do lines.extend(customer_segmentation.arrival_in_words(tables)) -%}
        {%- endif -%}
        {%- if 'monthly_transaction_totals' in built -%}
            {%- do lines.extend(customer_segmentation.months_in_words(tables)) -%}
        {%- endif -%}
        {%- if is_whole -%}
            {%- do lines.extend(customer_segmentation.segments_in_words(tables)) -%}
            {%- do lines.extend(customer_segmentation.warnings_in_words(results or [])) -%}
            {%- do lines.append(customer_segmentation.next_step_in_words(results or [])) -%}
        {%- endif -%}
        {%- if lines -%}{%- do log('\n' ~ lines | join('\n'), info=true) -%}{%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- The snapshot date, the model, and what all lines say about customers, orders and revenue. -#}
{% macro refresh_in_words(tables) -%}
    {%- set refresh -%}
        select
            refreshes.snapshot_date,
            models.model_version,
            models.snapshot_date as fitted_on,
            profiles.customers,
            months.orders,
            months.revenue,
            months.first_day
        from {{ tables.int_current_refresh }} as refreshes
        left join {{ tables.segment_models }} as models
            on models.status = 'active'
        cross join (
            select
                {{ customer_segmentation.whole_number_text('coalesce(sum(customers), 0)') }} as customers
            from {{ tables.segment_profiles }}
        ) as profiles
        cross join (
            select
                {{ customer_segmentation.whole_number_text('coalesce(sum(orders), 0)') }} as orders,
                {{ customer_segmentation.whole_number_text('coalesce(sum(net_revenue), 0)') }} as revenue,
                {{ customer_segmentation.as_text('min(month_start)') }} as first_day
            from {{ tables.monthly_transaction_totals }}
        ) as months
    {%- endset -%}
    {%- set row = run_query(refresh).rows[0] -%}
    {{ return([
        'Snapshot date ' ~ (row[0] or 'unknown') ~ (
            ', model version ' ~ row[1] ~ ', fitted on ' ~ row[2] if row[1] is not none
            else ', no model'
        ) ~ '.',
        'Customers: ' ~ row[3] ~ '.' ~ (
            ' Since ' ~ row[6] ~ ': ' ~ row[4] ~ ' orders and a net revenue of ' ~ row[5]
            ~ ', guests included.' if row[6] else ''
        )
    ]) }}
{%- endmacro %}


{#- How many lines were rejected and why, and what guests bought. -#}
{% macro arrival_in_words(tables) -%}
    {%- set verdicts -%}
        select verdict
        from {{ tables.segment_data_checks }}
        where
            check_name = 'rejected_share'
            or (check_name in ('left_out_share', 'guest_revenue_share') and value > 0)
        order by check_name desc
    {%- endset -%}
    {{ return(['What arrived: ' ~ run_query(verdicts).columns[0].values() | join(' ')]) }}
{%- endmacro %}


{#- The last months of monthly_transaction_totals. -#}
{% macro months_in_words(tables) -%}
    {%- set months -%}
        select
            {{ customer_segmentation.as_text('month_start') }} as month_start,
            {{ customer_segmentation.whole_number_text('orders') }} as orders,
            {{ customer_segmentation.whole_number_text('customers') }} as customers,
            {{ customer_segmentation.money_text('net_revenue') }} as net_revenue,
            {{ customer_segmentation.whole_number_text('guest_orders') }} as guest_orders,
            {{ customer_segmentation.money_text('guest_revenue') }} as guest_revenue
        from {{ tables.monthly_transaction_totals }}
        order by month_start desc
        limit 3
    {%- endset -%}
    {%- set form = '%-8s %10s %10s %16s %13s %14s' -%}
    {%- set lines = [
        'Compare these months with your shop\'s own dashboard (all of them:'
            ~ ' monthly_transaction_totals; why: docs/your_data.md).',
        form | format('month', 'orders', 'customers', 'net revenue', 'guest orders', 'guest revenue')
    ] -%}
    {%- for row in run_query(months).rows | reverse -%}
        {%- do lines.append(
            form | format(row[0][:7], row[1], row[2], row[3], row[4], row[5])
        ) -%}
    {%- endfor -%}
    {{ return(lines) }}
{%- endmacro %}


{#- The segments: customers, shares, and the change since the last refresh before. -#}
{% macro segments_in_words(tables) -%}
    {%- set segments -%}
        with

        sizes as (
            select
                snapshot_date,
                segment_id,
                segment_name,
                customers,
                revenue
            from {{ tables.segment_history_summary }}
        ),

        dates as (
            select
                refreshes.snapshot_date,
                max(sizes.snapshot_date) as previous_date
            from {{ tables.int_current_refresh }} as refreshes
            left join sizes
                on refreshes.snapshot_date > sizes.snapshot_date
            group by refreshes.snapshot_date
        )

        select
            {{ customer_segmentation.as_text('dates.previous_date') }} as previous_date,
            sizes.segment_name,
            {{ customer_segmentation.whole_number_text('sizes.customers') }} as customers,
            {{ customer_segmentation.percent_of_all('sizes.customers') }} as customer_share,
            {{ customer_segmentation.whole_number_text('sizes.revenue') }} as revenue,
            {{ customer_segmentation.percent_of_all('sizes.revenue') }} as revenue_share,
            case when sizes.customers > coalesce(previous.customers, 0) then '+' else '' end
            || {{ customer_segmentation.whole_number_text(
                'sizes.customers - coalesce(previous.customers, 0)'
            ) }} as change
        from dates
        inner join sizes
            on dates.snapshot_date = sizes.snapshot_date
        left join sizes as previous
            on
                dates.previous_date = previous.snapshot_date
                and sizes.segment_id = previous.segment_id
        where sizes.customers > 0 or previous.customers > 0
        order by sizes.segment_id
    {%- endset -%}
    {%- set lines = [] -%}
    {%- for row in run_query(segments).rows -%}
        {%- set form = '%-36s %10s %7s %16s %8s  %s' -%}
        {%- if loop.first -%}
            {%- do lines.append((form | format(
                'segment', 'customers', 'share', 'revenue', 'share',
                'customers since ' ~ row[0] if row[0] else ''
            )).rstrip()) -%}
        {%- endif -%}
        {%- do lines.append((form | format(
            row[1], row[2], row[3], row[4], row[5], row[6] if row[0] else ''
        )).rstrip()) -%}
    {%- endfor -%}
    {{ return(lines) }}
{%- endmacro %}


{#- Numbers are written in SQL: the Jinja of dbt 2 formats none. -#}
{% macro money_text(value) -%}
    {{ customer_segmentation.as_text('cast(' ~ value ~ ' as decimal(28, 2))') }}
{%- endmacro %}


{#- The percentage of a column in a row, of all rows, with one decimal and without -0.0. -#}
{% macro percent_of_all(column) -%}
    {%- set share = '1000 * ' ~ customer_segmentation.as_double(column) ~ ' / nullif('
        ~ customer_segmentation.as_double('sum(' ~ column ~ ') over ()') ~ ', 0)' -%}
    {{ customer_segmentation.as_text('cast(cast(round(' ~ share ~ ') as bigint) as decimal(18, 1)) / 10') }} || '%'
{%- endmacro %}


{#- The sentences of the tests that warned. dbt 2 gives no SQL here, and has said them already. -#}
{% macro warnings_in_words(results) -%}
    {%- set lines = [] -%}
    {%- for result in results
        if result.status == 'warn' and 'call said(' in result.node.raw_code
        and result.node.compiled_code -%}
        {%- for sentence in run_query(result.node.compiled_code).columns[0].values() -%}
            {%- do lines.append('Warning: ' ~ sentence) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(lines) }}
{%- endmacro %}


{#- What to do after this build. -#}
{% macro next_step_in_words(results) -%}
    {%- if results | selectattr('status', 'in', ['error', 'fail']) | list -%}
        {{ return('Next: fix what failed and run dbt retry. Until then readers see the last refresh.') }}
    {%- elif project_name == 'customer_segmentation' -%}
        {{ return(
            'Next: make report writes a page about the segments. Readers open the published file'
            ~ ' (docs/reading.md).'
        ) }}
    {%- endif -%}
    {{ return('Next: readers open the published file.') }}
{%- endmacro %}

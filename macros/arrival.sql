{#- Prints what arrived, at the end of every build that measured it: the rejected lines by reason,
    guests, and totals to compare with the shop's own dashboard. An on-run-end hook. -#}
{% macro print_arrival(results) -%}
    {%- set checks = ref('customer_segmentation', 'data_checks') -%}
    {%- set totals = ref('customer_segmentation', 'monthly_totals') -%}
    {%- set built = results | selectattr('status', 'equalto', 'success')
        | map(attribute='node') | map(attribute='name') | list if execute else [] -%}
    {%- if 'data_checks' in built -%}
        {%- set lines -%}
            select verdict
            from {{ checks }}
            where
                check_name = 'rejected_share'
                or (check_name in ('left_out_share', 'guest_revenue_share') and value > 0)
            order by check_name desc
        {%- endset -%}
        {%- do log('What arrived: ' ~ run_query(lines).columns[0].values() | join(' '), info=true) -%}
    {%- endif -%}
    {%- if 'monthly_totals' in built -%}
        {%- do log(monthly_totals_as_text(totals), info=true) -%}
    {%- endif -%}
{%- endmacro %}


{#- The table monthly_totals as lines of text. -#}
{% macro monthly_totals_as_text(totals) -%}
    {%- set query -%}
        select
            {{ as_text('month_start') }} as month_start,
            {{ whole_number_text('orders') }} as orders,
            {{ whole_number_text('customers') }} as customers,
            {{ as_text('cast(net_revenue as decimal(28, 2))') }} as net_revenue,
            {{ whole_number_text('guest_orders') }} as guest_orders,
            {{ as_text('cast(guest_revenue as decimal(28, 2))') }} as guest_revenue
        from {{ totals }}
        order by month_start
    {%- endset -%}
    {%- set form = '%-8s %10s %10s %16s %13s %14s' -%}
    {%- set lines = ['Compare these totals with your shop\'s own dashboard (docs/your_data.md):',
        form | format('month', 'orders', 'customers', 'net revenue', 'guest orders', 'guest revenue')] -%}
    {%- for row in run_query(query).rows -%}
        {%- do lines.append(form | format(row[0][:7], row[1], row[2], row[3], row[4], row[5])) -%}
    {%- endfor -%}
    {{ return(lines | join('\n')) }}
{%- endmacro %}

-- One row if this refresh fits a model version: how good its outlook is, and whether it is used.
{%- set most_needed = '100 customers with a whole observation window ' ~ outlook_days_setting()
    ~ ' days ago, with 10 who bought since and 10 who did not' %}
with

refresh as (
    select refresh_number
    from {{ ref('int_current_refresh') }}
    where refit_reason is not null
),

evaluations as (
    select
        refresh_number,
        backtest_r2
    from {{ ref('int_segment_count_evaluations') }}
    where is_chosen
),

fitted as (
    select
        refresh.refresh_number,
        max(case when clustered.row_kind = 'expected_spend' then clustered.accuracy end)
            as outlook_r2,
        max(case when clustered.row_kind = 'purchase_probability' then clustered.accuracy end)
            as outlook_auc,
        sum(case when clustered.row_kind = 'backtest' then 1 else 0 end) as customers
    from refresh
    inner join {{ ref('int_customers_clustered') }} as clustered
        on refresh.refresh_number = clustered.refresh_number
    group by refresh.refresh_number
),

measured as (
    select
        'outlook_gain' as check_name,
        fitted.outlook_r2 - evaluations.backtest_r2 as value,
        fitted.refresh_number,
        fitted.outlook_r2,
        fitted.outlook_auc,
        case
            when fitted.outlook_r2 is null then '{{ most_needed }}'
            else
                'R² ' || {{ as_text(rounded('fitted.outlook_r2', 3)) }}
                || ' against ' || {{ as_text(rounded('evaluations.backtest_r2', 3)) }}
                || ', of ' || {{ whole_number_text('fitted.customers') }} || ' customers'
        end as detail
    from fitted
    inner join evaluations
        on fitted.refresh_number = evaluations.refresh_number
),

judged as (
    {{ judged('measured', facts=['detail']) }}
),

int_outlook_measures as (
    select
        refresh_number,
        {{ outlook_days_setting() }} as outlook_days,
        outlook_r2,
        outlook_auc,
        verdict as outlook_verdict,
        coalesce(value > fail_threshold, value is not null) as has_outlook
    from judged
)

select * from int_outlook_measures

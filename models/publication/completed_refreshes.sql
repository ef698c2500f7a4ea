-- One row per refresh that was built as a whole. Later refreshes build on it only if it passed
-- every test: completed_at is null until then. Comes after everything else, so after every test:
{%- for model in [
    'customer_segments', 'segment_profiles', 'segment_history', 'active_segment_model',
    'segment_transitions', 'segment_history_summary', 'segment_attributes', 'segment_models',
    'segment_count_evaluations', 'feature_drift', 'outlook_evaluations', 'campaign_effects',
    'rejected_transactions', 'segment_data_checks', 'monthly_transaction_totals'
] %}
-- depends_on: {{ ref(model) }}
{%- endfor %}
with

-- One row even if no model is active.
active as (
    select max(model_version) as model_version
    from {{ ref('int_known_versions') }}
    where is_active
),

best_sellers as (
    select
        {{ texts_joined("'|' || product_id || '|'", "''", 'order by product_id') }} as best_sellers
    from {{ ref('int_best_sellers') }}
),

drift as (
    select refit_recommended
    from {{ ref('feature_drift') }}
    where measure = 'verdict'
),

completed_refreshes as (
    select
        refresh.refresh_number,
        refresh.snapshot_date,
        active.model_version,
        refresh.window_start,
        measures.lines_to_date,
        measures.lines_in_window,
        {{ text_literal(source_settings().lines) }} as source_lines,
        best_sellers.best_sellers,
        drift.refit_recommended,
        {{ as_double(control_share_setting()) }} as control_share,
        case when 1 = {{ 1 if refresh_is_tested() else 0 }} then {{ dbt.current_timestamp() }} end
            as completed_at
    from {{ ref('int_current_refresh') }} as refresh
    cross join {{ ref('int_input_measures') }} as measures
    cross join active
    cross join best_sellers
    cross join drift
)

select * from completed_refreshes

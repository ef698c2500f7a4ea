-- The rules of the tables that do not grow with the customers, as their yml says them.
{#- In one test, because each test takes 20 ms, whatever it checks. -#}
{%- set names = [
    'int_refreshes', 'int_training_customers', 'int_scoring_model', 'int_segments',
    'active_segment_model', 'campaign_effects', 'feature_drift', 'monthly_transaction_totals',
    'outlook_evaluations', 'segment_attributes', 'segment_count_evaluations',
    'segment_data_checks', 'segment_history_summary', 'segment_models', 'segment_profiles',
    'segment_transitions'
] %}
with

broken as (
    {{ broken_rules_of(names) }}
)

select sentence
from broken
where
    {{ raise_broken_rules() }}

-- A prototype has all percentiles, except the rule segment's, which exists and has none.
with

prototypes as (
    select
        case when prototype_id = '{{ rule_segment().prototype_id }}' then 1 else 0 end as is_rule,
        {%- for feature in feature_names() %}
        case when {{ feature | replace('_days', '') }}_percentile is null then 1 else 0 end
        {{- ' +' if not loop.last }}
        {%- endfor %} as missing_percentiles
    from {{ ref('stg_segment_prototypes') }}
)

select
    sum(is_rule) as rules,
    sum(missing_percentiles) as missing_percentiles
from prototypes
having
    coalesce(sum(is_rule), 0) <> 1
    or min(missing_percentiles - is_rule * {{ feature_names() | length }}) < 0
    or max(missing_percentiles - is_rule * {{ feature_names() | length }}) > 0

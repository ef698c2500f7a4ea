-- A prototype has all percentiles, except those of the segments that a rule assigns, which exist
-- and have none.
{%- set rules = rule_segments() %}
{% call said('fail') %}
with

prototypes as (
    select
        prototype_id,
        {%- for feature in feature_names() %}
        case when {{ feature | replace('_days', '') }}_percentile is null then 1 else 0 end
        {{- ' +' if not loop.last }}
        {%- endfor %} as missing_percentiles
    from {{ ref('stg_segment_prototypes') }}
),

rules as (
    {%- for prototype_id in rules %}
    select '{{ prototype_id }}' as prototype_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

problems as (
    select
        coalesce(prototypes.prototype_id, rules.prototype_id) as prototype_id,
        case
            when prototypes.prototype_id is null
                then 'is missing: add its row of seeds/segment_prototypes.csv'
            when rules.prototype_id is null and prototypes.missing_percentiles > 0
                then 'lacks percentiles: fill them in'
            when rules.prototype_id is not null and prototypes.missing_percentiles < {{ feature_names() | length }}
                then 'has percentiles, but a rule assigns its segment: empty them'
        end as problem
    from prototypes
    full outer join rules
        on prototypes.prototype_id = rules.prototype_id
)

select
    'In the table that the variable segment_prototypes names, the row ' || prototype_id || ' '
    || problem || '.' as sentence
from problems
where problem is not null
order by prototype_id
{% endcall %}

-- A prototype has all percentiles or none. Those of the segments that a rule assigns exist and
-- have none.
{%- set missing = [] %}
{%- for feature in feature_names() %}
{%- set percentile = feature | replace('_days', '') ~ '_percentile' %}
{%- do missing.append('case when ' ~ percentile ~ ' is null then 1 else 0 end') %}
{%- endfor %}
{% call said('fail') %}
with

prototypes as (
    select
        prototype_id,
        {{ missing | join(' + ') }} as missing_percentiles
    from {{ ref('stg_segment_prototypes') }}
),

rules as (
    select 'no_net_spend' as prototype_id
    union all
    select 'lapsed' as prototype_id
),

problems as (
    select
        coalesce(prototypes.prototype_id, rules.prototype_id) as prototype_id,
        case
            when prototypes.prototype_id is null
                then 'is missing: add its row of seeds/segment_prototypes.csv'
            when
                prototypes.missing_percentiles > 0
                and prototypes.missing_percentiles < {{ missing | length }}
                then 'lacks percentiles: fill in all or none'
            when rules.prototype_id is not null and prototypes.missing_percentiles = 0
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

-- One row per feature: how far its distribution has moved since the active model was trained.
{%- set bins = 10 %}
with

training_customers as (
    select clustered.*
    from {{ ref('int_customers_clustered') }} as clustered
    inner join {{ ref('int_known_versions') }} as versions
        on
            clustered.refresh_number = versions.refresh_number
            and clustered.segment_count = versions.segment_count
    where
        versions.is_active
        and clustered.row_kind is null
),

placed as (
    select
        {%- for feature in feature_names() %}
        {{ feature }},
        floor({{ bins }} * {{ percentile(feature) }}) as bin_{{ feature }},
        {%- endfor %}
        customer_id
    from training_customers
),

-- The upper edges of the deciles of the training customers. Ties stay together, so a decile may be
-- empty.
edges as (
    select
        {%- for feature in feature_names() %}
        {%- for bin in range(bins - 1) %}
        max(case when bin_{{ feature }} <= {{ bin }} then {{ feature }} end)
            as edge_{{ bin }}_{{ feature }},
        {%- endfor %}
        {%- endfor %}
        count(*) as customers
    from placed
),

compared as (
    select
        0 as is_current,
        {{ feature_names() | join(',\n        ') }}
    from training_customers
    union all
    select
        1 as is_current,
        {%- for feature in feature_names() %}
        {{ as_double(feature) }} as {{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_customer_features') }}
    where monetary > 0
),

binned as (
    select
        compared.is_current,
        {%- for feature in feature_names() %}
        {% for bin in range(bins - 1) -%}
        case when compared.{{ feature }} > edges.edge_{{ bin }}_{{ feature }} then 1 else 0 end
        {{ '+ ' if not loop.last }}
        {%- endfor %}as bin_{{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from compared
    cross join edges
),

counted as (
    {%- for feature in feature_names() %}
    select
        '{{ feature }}' as measure,
        bin_{{ feature }} as bin,
        sum(1 - is_current) as training,
        sum(is_current) as current_customers
    from binned
    group by bin_{{ feature }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

shares as (
    select
        measure,
        coalesce(
            {{ as_double('training') }} / nullif(sum(training) over (partition by measure), 0), 0
        ) as expected,
        coalesce(
            {{ as_double('current_customers') }}
            / nullif(sum(current_customers) over (partition by measure), 0),
            0
        ) as actual
    from counted
),

int_feature_shifts as (
    select
        measure,
        {{ exact_sum(stability_term('actual', 'expected')) }} as population_stability_index
    from shares
    group by measure
)

select * from int_feature_shifts

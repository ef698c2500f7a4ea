-- One row per model version: center and scale of the logarithm of each feature over the training
-- customers.
with

refresh as (
    select refresh_number
    from {{ ref('int_current_refresh') }}
),

-- Every customer occurs once per number of segments. That changes neither mean nor variance.
training_customers as (
    select
        clustered.refresh_number,
        clustered.model_version,
        {%- for feature in feature_names() %}
        {%- set column = 'clustered.' ~ feature %}
        {{ log_feature(column) }} as {{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_customers_clustered') }} as clustered
    inner join refresh
        on clustered.refresh_number = refresh.refresh_number
    where clustered.row_kind is null
),

centers as (
    select
        refresh_number,
        model_version,
        {%- for feature in feature_names() %}
        {{ exact_mean(feature) }} as center_{{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from training_customers
    group by refresh_number, model_version
),

scales as (
    select
        {%- for feature in feature_names() %}
        -- If all values are equal, the feature says nothing; a scale of 1 avoids dividing by 0.
        {%- set deviation = 'training_customers.' ~ feature ~ ' - centers.center_' ~ feature %}
        coalesce(nullif(sqrt({{ exact_mean(squared(deviation)) }}), 0), 1) as scale_{{ feature }},
        {%- endfor %}
        training_customers.refresh_number
    from training_customers
    inner join centers
        on training_customers.refresh_number = centers.refresh_number
    group by training_customers.refresh_number
),

int_scalers as (
    select
        centers.refresh_number,
        cast(centers.model_version as integer) as model_version,
        {%- for feature in feature_names() %}
        centers.center_{{ feature }},
        scales.scale_{{ feature }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from centers
    inner join scales
        on centers.refresh_number = scales.refresh_number
)

select * from int_scalers

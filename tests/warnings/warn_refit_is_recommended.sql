-- The customers have drifted from those the model was trained on.
{% call said('warn') %}
select
    reason || ' Refit the model: dbt build --vars ''refit: true''.' as sentence
from {{ ref('feature_drift') }}
where measure = 'verdict' and refit_recommended
{% endcall %}

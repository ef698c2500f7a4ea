-- The gate declined the newest version, and an earlier one stays active.
{% call said('warn') %}
select
    'Model version ' || {{ as_text('model_version') }} || ' was declined. ' || objections
    || ' To score with it anyway, set the variable model_version.' as sentence
from {{ ref('segment_models') }}
where
    status = 'declined'
    and model_version = (
        select max(newest.model_version)
        from {{ ref('segment_models') }} as newest
    )
{% endcall %}

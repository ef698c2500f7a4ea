-- The gate declined the newest version, an earlier one stays active, and nobody has decided since.
{% call said('warn') %}
select
    'Model version ' || {{ as_text('model_version') }} || ' was declined. ' || objections
    || coalesce(' It would move: ' || changes, '')
    || {{ text_literal(" To decide, once: dbt build --vars 'accept_model: ") }}
    || {{ as_text('model_version') }}
    || {{ text_literal("', or with the number of the active version to keep that.") }} as sentence
from {{ ref('segment_models') }}
where
    status = 'declined'
    and snapshot_date > (
        select coalesce(max(decided.snapshot_date), cast('0001-01-01' as date))
        from {{ ref('int_refreshes') }} as decided
        inner join {{ ref('int_valid_refreshes') }} as valid_refreshes
            on decided.refresh_number = valid_refreshes.refresh_number
        where decided.accepted_version is not null
    )
    and model_version = (
        select max(newest.model_version)
        from {{ ref('segment_models') }} as newest
    )
{% endcall %}

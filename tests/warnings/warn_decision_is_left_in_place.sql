-- A decision about a model version is made once: while the variable stays, no refit comes due.
{% call said('warn') %}
with

decided as (
    select
        refreshes.accepted_version,
        row_number() over (order by refreshes.refresh_number desc) as newest_rank
    from {{ ref('int_refreshes') }} as refreshes
    inner join {{ ref('int_valid_refreshes') }} as valid_refreshes
        on refreshes.refresh_number = valid_refreshes.refresh_number
)

select
    'The variable accept_model is set for the second refresh in a row, and no refit comes due while it is.'
    || ' Remove it: version ' || {{ as_text('newest.accepted_version') }}
    || ' stays active without it.' as sentence
from decided as newest
inner join decided as before
    on newest.accepted_version = before.accepted_version
where
    newest.newest_rank = 1
    and before.newest_rank = 2
{% endcall %}

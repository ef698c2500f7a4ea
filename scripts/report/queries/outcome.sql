-- One row, or none before an outlook has come due: what the newest one expected, and what came.
select
    seen_from,
    seen_until,
    sum(expected_spend) as expected_spend,
    sum(seen_spend) as seen_spend,
    sum(expected_buyers) as expected_buyers,
    sum(seen_buyers) as seen_buyers
from outlook_evaluations
where evaluation = 'outcome'
group by seen_from, seen_until, model_version
order by seen_until desc, model_version desc
limit 1

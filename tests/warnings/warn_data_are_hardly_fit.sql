-- Says why segments of these data may tell little.
{{ say_verdicts(ref('preflight'), 'warn') }}
select
    check_name,
    verdict
from {{ ref('preflight') }}
where status = 'warn' and check_name <> 'overall'

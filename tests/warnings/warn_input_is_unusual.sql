-- Says what is unusual in the input.
{{ say_verdicts(ref('input_checks'), 'warn') }}
select
    check_name,
    verdict
from {{ ref('input_checks') }}
where status = 'warn' and check_name <> 'overall'

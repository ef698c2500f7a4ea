-- Stops a refresh whose input is far from usual, with the verdicts.
{{ say_verdicts(ref('input_checks'), 'fail') }}
select
    check_name,
    verdict
from {{ ref('input_checks') }}
where status = 'fail'

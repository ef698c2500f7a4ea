-- Fails only where check_limits gives a question a limit to fail at.
{{ say_verdicts(ref('preflight'), 'fail') }}
select
    check_name,
    verdict
from {{ ref('preflight') }}
where status = 'fail'

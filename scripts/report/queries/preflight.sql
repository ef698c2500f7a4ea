-- One row per check: the overall verdict first, then what fails, what warns, what passes.
select
    check_name,
    value,
    status,
    verdict
from preflight
order by
    check_name <> 'overall',
    status = 'ok',
    status = 'warn',
    check_name

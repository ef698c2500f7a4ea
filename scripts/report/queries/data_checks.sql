-- One row per check of one kind: first what fails, then what warns, then what passes.
select
    check_name,
    subject,
    value,
    status,
    verdict
from segment_data_checks
where about = $about
order by
    status = 'ok',
    status = 'warn',
    check_name,
    subject

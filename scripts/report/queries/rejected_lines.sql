-- One row per reason, the most lines first.
select
    rejection_reason,
    count(*) as rejected_lines
from rejected_transactions
group by rejection_reason
order by rejected_lines desc, rejection_reason asc

-- One row: the currency of all money, null where the source names none.
select max(currency) as currency
from monthly_transaction_totals

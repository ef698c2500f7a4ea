"""Write generated transaction lines: text ids, skewed customers and products, some returns.

Usage: ``python benchmarks/make_lines.py LINES OUTPUT.parquet``

Two hundred days of four lines per transaction in the order of time, nine tenths of them in the
observation window, where about one customer comes on 16 lines. The same lines for the same size:
every draw is a hash of the line.
"""

import sys
from pathlib import Path

import duckdb

SNAPSHOT_DATE = "2025-07-01"
DAYS = 200
LINES_PER_TRANSACTION = 4
LINES_PER_CUSTOMER = 16
PRODUCTS = 5_000


def draw(column: str, salt: int) -> str:
    """Return SQL for a number from 0 to 1 that looks random.

    One argument of ``hash``: with two, the draws of two salts are each other's in part.
    """
    return f"((hash(({column}) * 8 + {salt}) >> 11) / 9007199254740992.0)"


def make_lines(
    output: Path, lines: int, first: int = 0, days: float = DAYS, until: str = SNAPSHOT_DATE
) -> None:
    """Write the lines.

    Parameters
    ----------
    output : Path
        Of a Parquet file.
    lines : int
        How many.
    first : int
        The number of the first; those with later numbers are other transactions of the same
        customers.
    days : float
        Over which they spread.
    until : str
        The day after the last.
    """
    customers = max(1, (first or lines) // LINES_PER_CUSTOMER)
    transaction = f"line // {LINES_PER_TRANSACTION}"
    customer = f"cast(floor({customers} * pow({draw(transaction, 1)}, 2)) as bigint)"
    product = f"cast(floor({PRODUCTS} * pow({draw('line', 2)}, 3)) as bigint)"
    # From the first line, the oldest, to the last.
    before = f"({first + lines} - ({transaction}) * {LINES_PER_TRANSACTION})"
    second = f"cast(floor({days * 86_400} * {before} / {lines}) as bigint)"
    price = f"0.5 + 60 * pow({draw('line', 4)}, 3)"
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(
            f"""
            copy (
                select
                    'T' || ({transaction}) as transaction_id,
                    'C' || lpad(cast({customer} as string), 9, '0') as customer_id,
                    'P' || lpad(cast({product} as string), 5, '0') as product_id,
                    timestamp '{until}' - to_seconds(1 + {second}) as purchased_at,
                    cast(case when {draw("line", 5)} < 0.02 then -({price}) else {price} end
                        as decimal(18, 2)) as amount
                from range({first}, {first + lines}) as lines(line)
            ) to '{output}' (format parquet, compression zstd)
            """
        )


if __name__ == "__main__":
    make_lines(Path(sys.argv[2]), int(float(sys.argv[1])))

"""``python -m bench [NAME...]``: run benchmarks (all of them without a name), print tables, write build/bench.json."""

import argparse
import importlib
import sys
import traceback

from bench.report import Row, save, table

# In this order: the quick ones first.
BENCHMARKS = (
    "startup",
    "post_to_print",
    "scan_to_event",
    "durable_post",
    "events",
    "shutdown",
    "bursts",
    "power_cuts",
    "rating_screen",
    "press_load",
    "press_kills",
    "feedback_reports",
    "decode",
    "million",
    "import_receipts",
    "receipts",
)


def main() -> int:
    """Return 0 when every limit was kept, 1 when one was missed or a benchmark broke off."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(BENCHMARKS)}")
    names = parser.parse_args().names or BENCHMARKS
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}")
    good = True
    for name in names:
        try:
            rows: list[Row] = importlib.import_module(f"bench.{name}").run()
        except Exception:  # the others still say something
            traceback.print_exc()
            good = False
            continue
        print(table(name, rows), end="\n\n", flush=True)
        save({name: rows})
        good = good and all(row.kept for row in rows)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

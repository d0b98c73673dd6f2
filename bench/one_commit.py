"""The product with one commit for each request, for comparison: ``python -m bench.one_commit run --config FILE``."""

from kiosk.cli import main
from kiosk.db import writer


def one_by_one() -> None:
    """Let the writer take one unit at a time."""
    writer._MAX_BATCH = 1  # noqa: SLF001 - there is no setting for it, because nobody should want it


if __name__ == "__main__":
    one_by_one()
    main()

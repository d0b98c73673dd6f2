"""Simulated printers at the network, made as a test asks for them."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kiosk.demo.model import PrinterModel
from tests.drivers.escpos_bench import Bench, Open, bench


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def put(model: PrinterModel) -> Bench:
            return stack.enter_context(bench("network", tmp_path, model))

        yield put

"""Rows of figures: measured, floor and limit side by side, as a markdown table and as JSON."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path("build/bench.json")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. *limit* is the most that it may be (None: told, not judged); *floor* what it is compared with."""

    what: str
    measured: float
    unit: str
    limit: float | None = None
    floor: float | None = None
    note: str = ""

    @property
    def kept(self) -> bool:
        return self.limit is None or self.measured <= self.limit


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that *percent* of *values* do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100).__int__() - 1)]


def median(values: Sequence[float]) -> float:
    return percentile(values, 50)


def busy() -> float:
    """Processes that wanted to run, averaged over the last minute, for each processor; the bench itself included."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def table(name: str, rows: Iterable[Row]) -> str:
    """The markdown table of one benchmark."""
    lines = [f"### {name} (load {busy():.1f})", "| figure | measured | floor | limit | |", "|---|---|---|---|---|"]
    for row in rows:
        verdict = "" if row.limit is None else "kept" if row.kept else "**missed**"
        note = f" {row.note}" if row.note else ""
        lines.append(f"| {row.what} | {_figure(row.measured)} {row.unit} | {_figure(row.floor)} | {_figure(row.limit)} | {verdict}{note} |")
    return "\n".join(lines)


def save(results: dict[str, list[Row]], path: Path = RESULTS) -> None:
    """Write *results* by benchmark; those of an earlier run that were not repeated stay."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    for name, rows in results.items():
        known[name] = {
            "at": at,
            "load": round(busy(), 2),
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
            "rows": [asdict(row) | {"kept": row.kept} for row in rows],
        }
    path.write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value == round(value) or value >= 1000 else f"{value:.3g}"

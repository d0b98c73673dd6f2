"""Framing without a port: any cut of the stream gives the same codes, and noise never spoils the code after it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.drivers.scanner_framing import make_framer
from kiosk.drivers.scanner_text import parse


def test_an_over_long_burst_is_dropped_up_to_the_gap() -> None:
    framer = make_framer("gap", max_length=8, gap_s=0.05)
    assert framer.feed(b"123456789", 0.0) == []
    assert framer.quiet(0.05) == []
    assert framer.dropped == 1
    assert framer.feed(b"12345678", 1.0) == []
    assert framer.quiet(1.05) == [b"12345678"]


def test_a_lost_end_does_not_swallow_the_next_code() -> None:
    framer = make_framer("stx-etx", max_length=64, gap_s=0.05)
    assert framer.feed(b"\x02lost\x02next\x03", 0.0) == [b"next"]
    assert framer.dropped == 1


def test_noise_between_frames_counts_once_a_run() -> None:
    framer = make_framer("stx-etx", max_length=64, gap_s=0.05)
    assert framer.feed(b"xx\r\nyy\x02code\x03\r\nzz", 0.0) == [b"code"]
    assert framer.quiet(5.0) == []
    assert framer.dropped == 2
    assert framer.due is None


# Text that a code may hold: no control, surrogate or private character.
code_text = st.text(st.characters(exclude_categories=["Cc", "Cs", "Co"]), min_size=1, max_size=40)


@given(
    codes=st.lists(st.tuples(code_text, st.sampled_from([None, "]Q1"])), max_size=8),
    framing=st.sampled_from(["cr", "lf", "crlf", "stx-etx", "gap"]),
    data=st.data(),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_codes_in_any_framing_cut_into_any_chunks_come_out_the_same(
    codes: list[tuple[str, str | None]], framing: str, data: st.DataObject
) -> None:
    ends = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "stx-etx": b"\x03", "gap": b""}
    start = b"\x02" if framing == "stx-etx" else b""
    framer = make_framer("line" if framing in ("cr", "lf", "crlf") else framing, max_length=256, gap_s=0.05)  # type: ignore[arg-type]
    sent = [(f"]Q1{text}" if text.startswith("]") else (prefix or "") + text) for text, prefix in codes]
    wire = [start + text.encode() + ends[framing] for text in sent]
    now = 0.0
    frames: list[bytes] = []
    for piece in wire if framing == "gap" else [b"".join(wire)]:
        cuts = data.draw(st.lists(st.integers(0, len(piece)), max_size=10).map(sorted))
        for begin, end in zip([0, *cuts], [*cuts, len(piece)], strict=True):
            frames += framer.feed(piece[begin:end], now)
            now += 0.01
        now += 0.05
        frames += framer.quiet(now)
    scans = [parse(frame, aim_prefix=True) for frame in frames]
    assert [scan.text if scan else None for scan in scans] == [text for text, _ in codes]
    assert framer.dropped == 0


@given(noise=st.binary(max_size=300), framing=st.sampled_from(["line", "stx-etx", "gap"]))
@settings(max_examples=150, deadline=None)
def test_after_any_noise_and_a_pause_a_code_is_read(noise: bytes, framing: str) -> None:
    framer = make_framer(framing, max_length=64, gap_s=0.05)  # type: ignore[arg-type]
    framer.feed(noise, 0.0)
    framer.quiet(2.0)
    wire = {"line": b"81234\r", "stx-etx": b"\x0281234\x03", "gap": b"81234"}[framing]
    frames = framer.feed(wire, 3.0) + framer.quiet(5.0)
    assert frames == [b"81234"]

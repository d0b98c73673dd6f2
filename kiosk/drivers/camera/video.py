"""Reads codes from the frames of a camera: little work while nothing happens, one deeper step a frame where a code resists.

Needs OpenCV. The order of things for each frame: a glance at the thumbnail; the place where the last code was read; zxing-cpp on
the whole frame; when that reads nothing, one step of the ladder, each frame the next. After a while without success only every
few frames are searched, until something moves.
"""

from collections import Counter

from kiosk.drivers.camera.accept import UNSURE, Judge
from kiosk.drivers.camera.engines import Candidate, Grey, Zxing
from kiosk.drivers.camera.gate import Gate
from kiosk.drivers.camera.ladder import Ladder, Look
from kiosk.drivers.camera.options import DecodeOptions, Read

# Still frames without a code after which the search slows down to every so many.
_PATIENCE = 8
_SLOW = 5
# ... and after which the scene counts as looked through: from then on a frame in so many, in case the light got better.
_ENOUGH = 40
_SELDOM = 60
_AGAIN = 4
_WHOLE = "whole"
# Seconds within which two frames must agree on a code whose symbology has no strong check.
_AGREE_S = 1.0

Key = tuple[str, str]


class Video:
    """The state between frames."""

    def __init__(self, options: DecodeOptions, zxing: Zxing, ladder: Ladder, judge: Judge, work: Counter[str]) -> None:
        self._options = options
        self._zxing = zxing
        self._ladder = ladder
        self._judge = judge
        self._work = work
        self._gate = Gate()
        self._unread = 0  # still frames in turn in which nothing was read
        self._frames = 0
        self._step = 0
        self._repeat = ""  # the step that read something which another frame must agree to
        self._pending: dict[Key, float] = {}  # read once, when
        self._seen: dict[Key, float] = {}  # told already; when it was last in view
        self._resting: set[Key] = set()  # what the settled scene shows

    def feed(self, grey: Grey, now: float) -> list[Read]:
        """See `Pipeline.feed`."""
        self._work["frames"] += 1
        self._frames += 1
        glance = self._gate.glance(grey)
        if glance.known:
            # Nothing changed since the scene was read: what lay there lies there.
            for key in self._resting:
                self._seen[key] = now
            if self._resting or glance.blank or self._frames % _SELDOM:
                return []
        if glance.blank:
            self._resting.clear()
            self._gate.settle()
            return []
        if not glance.still:
            self._unread = self._step = 0  # a swipe past the lens may be sharp for a moment: look, but not deep
            self._repeat = ""
        elif self._unread >= _PATIENCE and self._frames % _SLOW:
            return []
        return self._search(grey, now, deeper=glance.still)

    def _search(self, grey: Grey, now: float, *, deeper: bool) -> list[Read]:
        step, candidates = self._look(grey, deeper=deeper)
        self._repeat = ""
        believed = self._judge.believed(candidates, grey)
        fresh, certain = [], set()
        for code in believed:
            if not self._agreed(code, now):
                self._repeat = step if step != _WHOLE else ""
                continue
            certain.add(code.key)
            if now - self._seen.get(code.key, float("-inf")) > self._options.forget_s:
                fresh.append(code.read())
            self._seen[code.key] = now
        self._forget(now)
        if certain and len(certain) == len(believed) and deeper:
            self._resting = certain
            self._unread = 0
            self._gate.settle()
        elif not believed and deeper:
            self._unread += 1
            if self._unread >= _ENOUGH:
                self._resting = set()
                self._gate.settle()
        return fresh

    def _look(self, grey: Grey, *, deeper: bool) -> tuple[str, list[Candidate]]:
        """What the cheapest step that may help reads, and its name."""
        steps = self._ladder.video
        # zxing-cpp on the whole frame comes first on what is new; on what it could not read it is tried again now and then only.
        if not self._repeat and (not deeper or self._unread % _AGAIN == 0):
            self._work[_WHOLE] += 1
            candidates = self._zxing.read(grey)
            if candidates or not deeper:
                return _WHOLE, candidates
        step = self._repeat or steps[self._step % len(steps)]
        self._step += not self._repeat
        self._work[step] += 1
        return step, self._ladder.climb(step, Look(grey))

    def _agreed(self, code: Candidate, now: float) -> bool:
        """Whether *code* needs no second frame, or this is it."""
        if code.key in self._seen or (not code.weak and code.symbology not in UNSURE):
            return True
        first = self._pending.get(code.key)
        self._pending[code.key] = now
        return first is not None and first < now <= first + _AGREE_S

    def _forget(self, now: float) -> None:
        self._pending = {key: at for key, at in self._pending.items() if now - at <= _AGREE_S}
        self._seen = {key: at for key, at in self._seen.items() if now - at <= self._options.forget_s}

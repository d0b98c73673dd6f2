"""The page ``/bench`` of the demo: the paper as a picture, the hands that a test needs, codes to scan.

It needs no log-in, so it exists only where `kiosk run --demo` has put it. Its requests never count as a person's touch:
scans go to the desk's page, not here.
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kiosk.demo.bench_view import FACES, BenchScan, BenchState
from kiosk.demo.model import MODELS
from kiosk.demo.names import CAMERA
from kiosk.demo.paper_png import png_bytes
from kiosk.demo.paper_svg import part_svg
from kiosk.demo.people import PEOPLE
from kiosk.demo.sample import sample_tickets
from kiosk.demo.sample_receipts import bench_receipts
from kiosk.events import Event
from kiosk.i18n import N_
from kiosk.web.auth import passive, public
from kiosk.web.streams import Audience, Order

if TYPE_CHECKING:
    from kiosk.demo.build import Demo
    from kiosk.web.context import Services

_FOLDER = Path(__file__).parent
# The screen that bench events are for; browsers have random names, so none is called this.
_SCREEN = "bench"
_CHANGED = "bench.changed"
_MAX_CODE = 500
# Characters of the longest Code 128 that a card before the camera is wide enough for; a QR code takes more.
_WIDEST = 20
_SPEEDS = {"instant": 0.0, "normal": 150.0, "slow": 20.0}
_PARTS_SHOWN = 30
_SLOT = 60  # dots of white paper that stick out of the printer

GOODS = (("6901234500047", "ean13", N_("Goods")), ("NOT-A-CODE", "code39", N_("Unknown code")))


class Bench:
    """The page's state beside that of the simulators: what was scanned, and whether browsers know of the last change."""

    def __init__(self, demo: "Demo", services: "Services") -> None:
        self.demo = demo
        self._services = services
        self.scans: deque[BenchScan] = deque(maxlen=4)
        self._told = False
        demo.printer.printer.watch(self._tell)
        demo.buttons.watch(self._tell)
        services.bus.subscribe(self._heard)

    def _tell(self) -> None:
        """Tell the browsers once; they come and look, and only then the next change is worth telling."""
        if not self._told:
            self._told = True
            self._services.bus.publish(_CHANGED, {}, at=self._services.clock.now(), screen=_SCREEN)

    def _heard(self, event: Event) -> None:
        if event.name == "scan":
            self.scans.appendleft(BenchScan(str(event.data.get("kind", "")), str(event.data.get("text_masked", ""))))
        if event.name in ("scan", "device.state", "audio.state"):
            self._tell()

    def look(self) -> BenchState:
        """What the page shows now."""
        self._told = False
        return BenchState.of(self.demo, self._services.devices, tuple(self.scans))


def bench_blueprint(demo: "Demo", services: "Services") -> Blueprint:
    """Return the bench of *demo* as a blueprint for the app of *services*."""
    bench = Bench(demo, services)
    blueprint = Blueprint("bench", __name__, url_prefix="/bench", template_folder="templates")

    @blueprint.before_request
    def protect() -> None:
        # A form's token ends with the session, and every log-in at the desk begins a new one in the same browser. The
        # browser itself says where a form comes from, and that is enough for hardware that does not exist.
        if request.method == "POST" and urlsplit(request.headers.get("Origin", "")).netloc != request.host:
            abort(403)

    @blueprint.get("")
    @public
    @passive
    def page() -> ResponseReturnValue:
        """The whole page."""
        return render_template(
            "bench/page.html",
            state=bench.look(),
            parts=_parts(demo, after=0),
            people=PEOPLE,
            tickets=sample_tickets(demo.folder),
            receipts=bench_receipts(services.clock.now().astimezone(services.settings.store.zone)),
            goods=GOODS,
            camera=CAMERA,
        )

    @blueprint.get("/live")
    @public
    @passive
    def live() -> ResponseReturnValue:
        """What changed: the panels anew, and the parts of paper that the page does not have yet (``have``: the last one)."""
        have = request.args.get("have", 0, type=int)
        state = bench.look()
        with demo.printer.printer.changed:
            oldest = min([part.serial for part in demo.printer.paper.parts], default=demo.printer.paper.hanging.serial)
        return jsonify(
            printer=render_template("bench/printer.html", state=state),
            scanner=render_template("bench/scanner.html", state=state),
            camera=render_template("bench/camera.html", state=state),
            buttons=render_template("bench/buttons.html", state=state),
            oldest=oldest,
            parts=[
                {"serial": serial, "hanging": hanging, "html": render_template("bench/part.html", serial=serial, hanging=hanging, svg=svg)}
                for serial, hanging, svg in _parts(demo, after=have)
            ],
        )

    @blueprint.get("/events")
    @public
    @passive
    def events() -> ResponseReturnValue:
        """Tells that something changed; what, the page asks itself."""
        response = Response("", content_type="text/event-stream; charset=utf-8", headers={"X-Accel-Buffering": "no"})
        if request.method != "HEAD":
            # Trusted, because before a log-in a screen is told of nothing but badges: all data here is the demo's.
            services.streams.grant(request.environ, Order(Audience(_SCREEN, trusted=True)))
        return response

    @blueprint.get("/paper/<int:serial>.png")
    @public
    @passive
    def paper(serial: int) -> ResponseReturnValue:
        """One part of paper, dot by dot, to keep or to scan from the screen."""
        with demo.printer.printer.changed:
            part = demo.printer.paper.part(serial)
            if part is None:
                abort(404)
            return Response(png_bytes(part), content_type="image/png")

    @blueprint.get("/static/<path:filename>")
    @public
    @passive
    def static(filename: str) -> ResponseReturnValue:
        """Styles and scripts of this page; the product's own are versioned, these change with the page."""
        return send_from_directory(_FOLDER / "static", filename)

    @blueprint.post("/do/<action>")
    @public
    @passive
    def do(action: str) -> ResponseReturnValue:
        """Do something to the hardware."""
        actions = _actions(demo)
        if action not in actions:
            abort(404)
        actions[action]()
        demo.printer.printer.announce()
        return _done()

    @blueprint.post("/scan")
    @public
    @passive
    def scan() -> ResponseReturnValue:
        """Hold a code under the scanner."""
        text = request.form.get("text", "").strip()[:_MAX_CODE]
        if text and not demo.scanner.scan(text, request.form.get("symbology", "code128")):
            bench.scans.appendleft(BenchScan("unplugged", text[-4:]))
        demo.printer.printer.announce()
        return _done()

    @blueprint.post("/hold")
    @public
    @passive
    def hold() -> ResponseReturnValue:
        """Hold a card with a code before the camera."""
        text = request.form.get("text", "").strip()[:_MAX_CODE]
        if text and not demo.camera.hold(text, _symbology(text)):
            bench.scans.appendleft(BenchScan("unseen", text[-4:]))
        demo.printer.printer.announce()
        return _done()

    @blueprint.post("/press/<int:rating>")
    @public
    @passive
    def press(rating: int) -> ResponseReturnValue:
        """Press a face button."""
        if rating not in FACES:
            abort(404)
        demo.buttons.press(rating)
        return _done()

    @blueprint.get("/sound/last.wav")
    @public
    @passive
    def sound() -> ResponseReturnValue:
        """What would have been heard last, to keep and to listen to."""
        newest = max(demo.sound.glob("*.wav"), default=None)
        if newest is None:
            abort(404)
        return send_from_directory(demo.sound, newest.name, as_attachment=True)

    @blueprint.post("/printer")
    @public
    @passive
    def change_printer() -> ResponseReturnValue:
        """Put another kind of printer there, or let it print faster or slower."""
        speed = _SPEEDS.get(request.form.get("speed", ""))
        model = MODELS.get(request.form.get("model", ""))
        if model is not None and model.name != demo.printer.printer.model.name:
            demo.printer.power_off()
            demo.printer.printer.become(model)
            demo.printer.power_on()
        demo.printer.printer.run_at(demo.printer.printer.model.speed_mm_s if speed is None else speed)
        return _done()

    return blueprint


def _done() -> ResponseReturnValue:
    if "X-Fragment" in request.headers:
        return "", 204
    return redirect(url_for("bench.page"), 303)


def _parts(demo: "Demo", *, after: int) -> list[tuple[int, bool, Markup]]:
    """(serial, hanging, picture) of the paper, newest first: the part in the printer, and finished ones later than *after*."""
    with demo.printer.printer.changed:
        paper = demo.printer.paper
        finished = [part for part in paper.parts[-_PARTS_SHOWN:] if part.serial > after]
        # What is drawn comes from the simulator and is escaped there.
        return [
            (part.serial, part.cut is None, Markup(part_svg(part, minimum=_SLOT if part.cut is None else 0)))
            for part in (paper.hanging, *reversed(finished))
        ]


def _actions(demo: "Demo") -> dict[str, Callable[[], None]]:
    printer, wire, scanner = demo.printer.printer, demo.printer, demo.scanner
    return {
        "pull-paper": printer.pull_paper,
        "near-end": printer.near_end,
        "end-soon": lambda: printer.end_paper_after(8),
        "new-roll": printer.new_roll,
        "open-cover": printer.open_cover,
        "close-cover": printer.close_cover,
        "jam-cutter": printer.jam_cutter,
        "free-cutter": printer.free_cutter,
        "power-off": wire.power_off,
        "power-on": wire.power_on,
        "pull-cable": wire.hang,
        "plug-cable": lambda: wire.hang(False),
        "clear-paper": lambda: _clear(demo),
        "unplug-camera": demo.camera.unplug,
        "plug-camera": demo.camera.plug_in,
        "unplug-scanner": scanner.unplug,
        "plug-scanner": scanner.plug_in,
        "hold-button": lambda: demo.buttons.hold(1),
        "free-button": demo.buttons.free,
    }


def _clear(demo: "Demo") -> None:
    with demo.printer.printer.changed:
        demo.printer.paper.clear()


def _symbology(text: str) -> str:
    """How a code of *text* would be printed: 13 digits with the check digit of an EAN are one."""
    if len(text) == 13 and text.isascii() and text.isdecimal():
        weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(text))
        return "ean13" if weighted % 10 == 0 else "code128"
    return "code128" if len(text) <= _WIDEST and text.isascii() else "qr"

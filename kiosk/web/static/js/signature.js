// Signature pads: strokes by finger, pen or mouse, kept as vectors in thousandths of the pad's width, so that a turned
// or resized screen draws them anew. The form carries them as JSON in a hidden field; the server checks them again.
import SignaturePad from "../vendor/signature_pad/signature_pad.js";

const WIDTH = 1000;
const MOST_POINTS = 5000;
const INK = "#15211e";

class Pad {
  constructor(place) {
    this.place = place;
    this.canvas = place.querySelector("canvas");
    this.field = place.querySelector("input[type=hidden]");
    this.missing = place.querySelector("[data-signature-missing]");
    this.kept = read(this.field.value);
    this.pad = new SignaturePad(this.canvas, { penColor: INK, minWidth: 1, maxWidth: 3, minDistance: 2, throttle: 0 });
    // A finger on the pad writes and does nothing else: no fling, which would swallow the next tap, no long press, no zoom.
    this.canvas.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    this.pad.addEventListener("endStroke", () => this.#keep());
    place.querySelector("[data-signature-clear]").addEventListener("click", () => this.clear());
    new ResizeObserver(() => this.#fit()).observe(this.canvas);
    this.#fit();
    const form = this.field.form;
    // On the form itself: it is heard before the page's guard, which would take the form for sent.
    form.addEventListener("submit", (event) => this.#guard(event));
    form.addEventListener("reset", () => this.clear());
  }

  get empty() {
    return this.kept.strokes.length === 0;
  }

  clear() {
    this.kept = { height: this.kept.height, strokes: [] };
    this.pad.clear();
    this.#write();
  }

  /** Take what was drawn: places in thousandths of the width, times in milliseconds since the first point. */
  #keep() {
    const scale = WIDTH / this.canvas.clientWidth;
    const height = Math.round(this.canvas.clientHeight * scale);
    const groups = this.pad.toData().filter((group) => group.points.length > 0);
    const began = groups[0]?.points[0].time ?? 0;
    let time = 0;
    let left = MOST_POINTS;
    const strokes = groups.map((group) => {
      const points = group.points.slice(0, left).map((point) => {
        // A clock that is set back while somebody writes must not turn the order of the points around.
        time = Math.max(time, Math.round(point.time - began));
        return [within(point.x * scale, WIDTH), within(point.y * scale, height), time];
      });
      left -= points.length;
      return points;
    });
    this.kept = { height, strokes: strokes.filter((points) => points.length > 0) };
    this.began = began;
    this.#write();
  }

  /** Draw what is kept on a canvas that has another size now. */
  #fit() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const ratio = Math.max(window.devicePixelRatio || 1, 1);
    if (
      !width ||
      (this.canvas.width === Math.round(width * ratio) && this.canvas.height === Math.round(height * ratio))
    )
      return;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.getContext("2d").scale(ratio, ratio);
    const scale = width / WIDTH;
    const began = this.began ?? Date.now();
    this.pad.fromData(
      this.kept.strokes.map((points) => ({
        penColor: INK,
        dotSize: 0,
        minWidth: 1,
        maxWidth: 3,
        velocityFilterWeight: 0.7,
        compositeOperation: "source-over",
        points: points.map(([x, y, time]) => ({ x: x * scale, y: y * scale, pressure: 0.5, time: began + time })),
      })),
    );
    this.#say();
  }

  #write() {
    this.field.value = this.empty ? "" : JSON.stringify(this.kept);
    if (!this.empty) this.missing.hidden = true;
    this.#say();
  }

  #say() {
    this.place.dataset.state = this.empty ? "empty" : "signed";
    this.canvas.setAttribute("aria-label", this.empty ? this.canvas.dataset.empty : this.canvas.dataset.signed);
  }

  #guard(event) {
    if (!this.empty || !this.place.hasAttribute("data-signature-required")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.missing.hidden = false;
    this.canvas.focus();
    this.place.scrollIntoView({ block: "nearest" });
  }
}

function within(value, most) {
  return Math.min(Math.max(Math.round(value), 0), most);
}

/** What the field holds: a form that was refused comes back with its signature. */
function read(text) {
  try {
    const found = JSON.parse(text);
    if (Array.isArray(found?.strokes)) return found;
  } catch {
    // An empty field, or one that was garbled: the pad begins empty.
  }
  return { height: 400, strokes: [] };
}

for (const place of document.querySelectorAll("[data-signature]")) new Pad(place);

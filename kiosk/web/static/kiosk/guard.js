// What a public screen must not do, what a keypad does, and what happens when nobody is there any more.

const FIELD = "input:not([type=checkbox]), textarea";

/** No menu, selection, drag, zoom, history or short cut leads out of the page. */
export function lockDown() {
  // Fingers scroll and do not zoom; a listener for that would hold up every tap.
  document.documentElement.style.touchAction = "pan-y";
  const never = (event) => event.preventDefault();
  for (const name of ["contextmenu", "dragstart", "drop", "dragover", "gesturestart"]) addEventListener(name, never);
  addEventListener("selectstart", (event) => {
    if (!event.target.closest?.(FIELD)) event.preventDefault();
  });
  addEventListener("wheel", (event) => event.ctrlKey && event.preventDefault(), { passive: false });
  addEventListener(
    "keydown",
    (event) => {
      const typing = event.target.closest?.(FIELD);
      const short = (event.ctrlKey || event.altKey || event.metaKey) && !(typing && event.getModifierState("AltGraph"));
      if (short || /^F\d+$|^(ContextMenu|Browser|Launch|Print|Help|Open|Save|Find|GoBack)/.test(event.key)) {
        event.preventDefault();
      }
    },
    { capture: true },
  );
}

/** Digits press what carries them, arrows move, Enter presses, Backspace goes back. */
export function followKeypad(root, idle) {
  const scope = () => (idle.open ? idle : root.body);
  const visible = (element) => element.checkVisibility() && !element.disabled;
  const all = (selector) => [...scope().querySelectorAll(selector)].filter(visible);

  root.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    root.documentElement.dataset.keypad = "yes";
    const focused = root.activeElement;
    const typing = focused?.matches(FIELD);
    const { key } = event;
    if (!typing && (/^[0-9*/+.-]$/.test(key) || key === "Backspace" || key === "Escape")) {
      const wanted = /^[BE]/.test(key) ? "[data-back]" : `[data-key="${key}"]`;
      const target = all(wanted)[0];
      if (!target) return;
      event.preventDefault();
      target.focus();
      if (!event.repeat) target.click();
    } else if (key.startsWith("Arrow") && !(typing && /Left|Right/.test(key))) {
      event.preventDefault();
      const stops = all("button, input, textarea, [tabindex='0']");
      const at = stops.indexOf(focused);
      const next = /Right|Down/.test(key) ? at + 1 : (at < 0 ? stops.length : at) - 1;
      stops[(next + stops.length) % stops.length]?.focus();
    } else if (key === "Enter" && focused?.type === "checkbox") {
      event.preventDefault();
      focused.click();
    } else if (key === "Enter" && event.repeat) {
      event.preventDefault();
    }
  });
}

/** Asks a person who stands still whether they need more time, and then clears the screen for the next one. */
export class Idle {
  #touched = 0;
  #timer;

  /** *begun* tells whether there is anything to clear; *wipe* clears it; *asked* hears when the question comes. */
  constructor(dialog, { begun, seconds, wipe, asked }) {
    Object.assign(this, { dialog, begun, seconds, wipe, asked });
    for (const name of ["pointerdown", "keydown", "input"]) {
      addEventListener(name, () => !dialog.open && this.touch(), { capture: true, passive: true });
    }
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.stay();
    });
  }

  /** Somebody is there. */
  touch() {
    this.#touched = performance.now();
    this.#timer ??= setTimeout(() => this.#look(), 1000);
  }

  stay() {
    this.dialog.close();
    this.touch();
  }

  end() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.dialog.close();
  }

  #look() {
    this.#timer = undefined;
    if (!this.begun()) return this.end();
    const [warning, wipe] = this.seconds();
    const passed = (performance.now() - this.#touched) / 1000;
    const left = Math.ceil(warning + wipe - passed);
    if (left <= 0) {
      this.end();
      this.wipe();
      return undefined;
    }
    if (passed >= warning) this.asked(left);
    this.#timer = setTimeout(
      () => this.#look(),
      passed >= warning ? 250 : Math.min(1000, (warning - passed) * 1000 + 1),
    );
    return undefined;
  }
}

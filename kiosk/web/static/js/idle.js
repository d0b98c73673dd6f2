// Logs a person out who went away, after a warning that asks whether they need more time.
import { clockFace } from "./countdown.js";
import { post } from "./http.js";

const WARNING_S = 30;
const TOUCHES = ["pointerdown", "keydown", "wheel"];

/** Watch for touches when the page says ``data-idle-s`` on its body; the server counts the same time for itself. */
export function watchIdle(root) {
  const limit = Number(root.body.dataset.idleS || 0);
  const dialog = root.getElementById("idle");
  if (!limit || !dialog) return;
  const figure = dialog.querySelector("[data-idle-figure]");
  const warning = Math.min(WARNING_S, limit / 2);
  let touched = performance.now();
  let told = touched;

  const stay = () => {
    touched = performance.now();
    dialog.close();
    tell();
  };
  // The server sees no touches: it hears of them now and then, so that its own clock does not run out first.
  const tell = () => {
    told = performance.now();
    post(root.body.dataset.idleTouch).catch(() => undefined);
  };
  for (const name of TOUCHES) {
    root.addEventListener(
      name,
      () => {
        if (dialog.open) return;
        touched = performance.now();
        if (touched - told > (limit * 1000) / 4) tell();
      },
      { passive: true },
    );
  }
  dialog.querySelector("[data-idle-stay]").addEventListener("click", stay);
  dialog.addEventListener("cancel", stay);
  const tick = () => {
    const left = Math.ceil(limit - (performance.now() - touched) / 1000);
    if (left <= 0) {
      root.getElementById("idle-leave").requestSubmit();
      return;
    }
    if (left <= warning) {
      if (!dialog.open) dialog.showModal();
      figure.textContent = clockFace(left);
    }
    setTimeout(tick, 250);
  };
  tick();
}

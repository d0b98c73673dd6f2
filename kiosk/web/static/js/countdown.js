// Counts down to a moment and opens what waited for it, such as the login after too many wrong PINs.

/** Bring every ``[data-countdown]`` (seconds from now) of *root* to life. */
export function countDown(root) {
  for (const element of root.querySelectorAll("[data-countdown]")) {
    const end = performance.now() + Number(element.dataset.countdown) * 1000;
    const held = root.querySelectorAll(`[data-held-by="${element.id}"]`);
    for (const button of held) button.disabled = true;
    const figure = element.querySelector("[data-countdown-figure]");
    const tick = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left > 0) {
        figure.textContent = clockFace(left);
        setTimeout(tick, 250);
        return;
      }
      element.hidden = true;
      for (const button of held) button.disabled = false;
    };
    tick();
  }
}

/** ``75`` -> ``1:15``. */
export function clockFace(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

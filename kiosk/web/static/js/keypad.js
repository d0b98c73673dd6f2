// The number pad: its keys write into the field that it names, as a keyboard would.

/** Bring every ``[data-pad]`` of *root* to life; ``data-pad`` is the id of the field. */
export function openPads(root) {
  root.addEventListener("click", (event) => {
    const key = event.target.closest?.("[data-pad] [data-key]");
    if (!key) return;
    const pad = key.closest("[data-pad]");
    const field = document.getElementById(pad.dataset.pad);
    if (field) press(field, key.dataset.key);
  });
  for (const pad of root.querySelectorAll("[data-pad]")) {
    const field = document.getElementById(pad.dataset.pad);
    // Keys pressed on a real keyboard count wherever the focus is, so that a number keypad works at once.
    root.addEventListener("keydown", (event) => {
      if (!field || event.target.matches?.("input, textarea, select")) return;
      if (/^\d$/.test(event.key)) press(field, event.key);
      if (event.key === "Backspace") press(field, "back");
    });
  }
}

function press(field, key) {
  if (key === "back") field.value = field.value.slice(0, -1);
  else if (key === "clear") field.value = "";
  else if (field.maxLength < 0 || field.value.length < field.maxLength) field.value += key;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// The number pad: its keys write into the fields that it names, as a keyboard would.

/** Bring every ``[data-pad]`` of *root* to life; ``data-pad`` holds the ids of its fields, the first is the default. */
export function openPads(root) {
  for (const pad of root.querySelectorAll("[data-pad]")) {
    const fields = pad.dataset.pad.split(" ").map((id) => root.getElementById(id));
    let current = fields[0];
    for (const field of fields) {
      field.addEventListener("focus", () => {
        current = field;
      });
    }
    pad.addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]");
      if (key) press(current, key.dataset.key);
    });
    // Keys of a real keyboard count wherever the focus is, so that a number block works at once.
    root.addEventListener("keydown", (event) => {
      if (event.target.matches?.("input, textarea, select") || event.ctrlKey || event.altKey || event.metaKey) return;
      if (/^\d$/.test(event.key)) press(current, event.key);
      if (event.key === "Backspace") press(current, "back");
      if (event.key === "Enter" && !event.target.matches?.("button, a")) current.form?.requestSubmit();
    });
  }
}

function press(field, key) {
  if (key === "back") field.value = field.value.slice(0, -1);
  else if (key === "clear") field.value = "";
  else if (field.maxLength < 0 || field.value.length < field.maxLength) field.value += key;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

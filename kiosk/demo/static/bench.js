// Keeps the bench true to the simulated hardware: told by an event that something moved, it fetches the panels and the
// parts of paper that it lacks. Every button works without this as well, with a new page each time.
import { announceRead, send } from "./hands.js";

const body = document.body;
const roll = document.querySelector("[data-roll]");
const SETTLE_MS = 60; // the printer moves faster than an eye
let waiting = false;
let running = false;
let again = false;

const newest = () =>
  Math.max(0, ...[...roll.querySelectorAll(".part:not(.part--hanging)")].map((part) => part.dataset.serial));

async function refresh() {
  waiting = false;
  if (running) {
    again = true;
    return;
  }
  running = true;
  try {
    const answer = await fetch(`${body.dataset.benchLive}?have=${newest()}`, { headers: { "X-Fragment": "1" } });
    if (answer.ok) show(await answer.json());
  } catch {
    // The station is away: the event stream reconnects by itself, and its opening comes here again.
  } finally {
    running = false;
  }
  if (again) {
    again = false;
    soon();
  }
}

function soon() {
  if (waiting) return;
  waiting = true;
  setTimeout(refresh, SETTLE_MS);
}

function show(state) {
  for (const name of ["printer", "scanner", "camera", "buttons"]) panel(name, state[name]);
  const [hanging, ...finished] = state.parts.map((part) => fragment(part.html));
  roll.querySelector(".part--hanging")?.remove();
  roll.prepend(hanging, ...finished);
  // "Take the paper away": the printer starts afresh, and what was cut before is gone.
  if (state.oldest > 0) {
    for (const part of roll.querySelectorAll(".part")) if (Number(part.dataset.serial) < state.oldest) part.remove();
  }
}

// The focus stays on the button that stands in the place of the one that was pressed.
function panel(name, html) {
  const place = document.querySelector(`[data-panel="${name}"]`);
  const buttons = () => [...place.querySelectorAll("button")];
  const focused = buttons().indexOf(document.activeElement);
  place.replaceChildren(fragment(html));
  if (focused >= 0) buttons()[focused]?.focus();
}

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content;
}

// Before the product's own listener, which would let each form be sent only once.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("[data-bench-form]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send(
      event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action,
      new FormData(form, event.submitter),
    );
    if (form.matches(".typed")) form.elements.text.select();
  },
  true,
);

function read(code) {
  const fields = new FormData();
  fields.set("text", code.dataset.text);
  fields.set("symbology", code.dataset.symbology);
  send(body.dataset.benchScan, fields);
  announceRead(code);
}

roll.addEventListener("click", (event) => {
  const code = event.target.closest(".code");
  if (code) read(code);
});
roll.addEventListener("keydown", (event) => {
  const code = event.target.closest(".code");
  if (code && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    read(code);
  }
});

const source = new EventSource(body.dataset.benchEvents);
source.onopen = soon;
source.addEventListener("resync", soon);
source.addEventListener("bench.changed", soon);
window.addEventListener("pagehide", () => source.close());

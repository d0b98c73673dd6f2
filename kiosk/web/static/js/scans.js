// What a scan does to this screen. The server says where it leads; the code itself never comes here.
import { postAndFollow } from "./http.js";

// A scanner that poses as a keyboard types faster than any person: milliseconds between two keys, and keys in a row.
const BURST_GAP_MS = 35;
const BURST_KEYS = 8;

/** Follow a ``scan`` event: a ticket opens its page, a badge logs its owner in. */
export function followScan(root, scan) {
  // A page's own module may take it (``kiosk:scan``): then it leads nowhere else.
  if (!root.dispatchEvent(new CustomEvent("kiosk:scan", { detail: scan, cancelable: true }))) return;
  // A field may ask for a scan (a second person's badge, a tag at closing): then the form gets the scan's id.
  const asked = root.querySelector(`form[data-scan-kind~="${scan.kind}"]`);
  if (asked) {
    asked.elements.namedItem("scan").value = scan.id;
    asked.requestSubmit(asked.querySelector("[data-scan-submit]"));
    return;
  }
  const field = root.querySelector(`input[data-scan-fill~="${scan.kind}"]`);
  if (field) {
    fill(field, scan.id);
    return;
  }
  if (!scan.target || !root.body.hasAttribute("data-follow-scans")) return;
  if (scan.kind === "badge") postAndFollow(scan.target, { next: root.body.dataset.next ?? "" });
  else location.assign(scan.target);
}

/** Write a scan's text into the field that takes its kind; the server gives it to this screen once. */
async function fill(field, id) {
  const answer = await fetch(field.dataset.scanFrom.replace("ID", encodeURIComponent(id)), {
    credentials: "same-origin",
  });
  if (!answer.ok) return;
  field.value = await answer.text();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

/** Undo what a keyboard-posing scanner types into a field that did not ask for it (``data-takes-scans``). */
export function refuseBursts(root) {
  let last = 0;
  let keys = 0;
  let before = "";
  root.addEventListener(
    "keydown",
    (event) => {
      const field = event.target;
      if (!field.matches?.("input, textarea")) return;
      const quick = event.timeStamp - last < BURST_GAP_MS;
      last = event.timeStamp;
      if (field.hasAttribute("data-takes-scans")) {
        // One field of several: the line end that the scanner adds must not send the rest half-filled.
        if (event.key === "Enter" && quick && field.hasAttribute("data-scan-fill")) event.preventDefault();
        return;
      }
      if (!quick) {
        keys = 0;
        before = field.value;
      }
      if (event.key.length === 1) keys += 1;
      if (event.key === "Enter" && quick && keys >= BURST_KEYS) {
        event.preventDefault();
        field.value = before;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    },
    true,
  );
}

// What the hands do on the bench: send a form, flash a code that was read.
const FLASH_MS = 350;

/** POST *fields* to *url*; what it changed comes back by the event stream. */
export function send(url, fields) {
  return fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "X-Fragment": "1" },
    credentials: "same-origin",
  });
}

/** Flash *code* red for a moment, as a scanner's beam does. */
export function announceRead(code) {
  code.classList.add("code--read");
  setTimeout(() => code.classList.remove("code--read"), FLASH_MS);
}

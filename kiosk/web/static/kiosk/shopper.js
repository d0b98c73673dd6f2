// The public pages for shoppers: tells that a person has the page, shows the contact fields when they are of use, and
// leads a kiosk's screen back to its start when nobody is there any more.
import { post } from "../js/http.js";
import { lockDown } from "./guard.js";

const { takeOver, homeAfter, home } = document.body.dataset;

if (takeOver) post(takeOver).catch(() => undefined); // without it the link is bound when the form is sent

const contact = document.querySelector("[data-contact]");
if (contact) {
  const kinds = [...document.querySelectorAll("input[name=kind]")];
  const show = () => {
    const answered = kinds.some((kind) => kind.checked && kind.value);
    contact.hidden = contact.disabled = !answered;
  };
  for (const kind of kinds) kind.addEventListener("change", show);
  show();
}

if (home) {
  lockDown();
  // No page of one shopper, whose address holds a code, stays in the history of a screen that the next one uses.
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link) return;
    event.preventDefault();
    location.replace(link.href);
  });
  addEventListener("submit", async (event) => {
    const form = event.target;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    if (form.method === "get") return location.replace(`${form.action}?${body}`);
    // The one that is posted is the language's: the answer only has to be kept.
    await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => undefined);
    return location.reload();
  });
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => location.replace(home), Number(homeAfter) * 1000);
  };
  for (const name of ["pointerdown", "keydown", "input"])
    addEventListener(name, wait, { capture: true, passive: true });
  wait();
}

// The form of a return: counting by buttons, a live quote, scans that never become a quantity, more rows of goods.
import { goodsOf, pointAt, say } from "./goods_scans.js";

// Keys of a scanner that poses as a keyboard come faster than any person's; a quantity has at most four digits.
const BURST_GAP_MS = 35;
const BURST_DIGITS = 4;
const SETTLE_MS = 200;

for (const form of document.querySelectorAll("form[data-quote]")) openForm(form);

function openForm(form) {
  const heard = form.querySelector("[data-heard]");
  followSteps(form);
  refuseBursts(form, heard);
  addRows(form);
  followScans(form, heard);
  followQuote(form);
}

function followSteps(form) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    const stepper = button.closest("[data-stepper]");
    const field = stepper.querySelector("[data-quantity]");
    const next = (Number.parseFloat(field.value.replace(",", ".")) || 0) + Number(button.dataset.step);
    field.value = String(Math.max(0, Math.min(next, Number(stepper.dataset.most))));
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function refuseBursts(form, heard) {
  let last = 0;
  let digits = 0;
  form.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-quantity]")) return;
    const quick = event.timeStamp - last < BURST_GAP_MS;
    last = event.timeStamp;
    digits = quick ? digits : 0;
    if (/^\d$/.test(event.key)) digits += 1;
    // A person sends a form by its button; the line end of a scanner must not.
    if (event.key === "Enter") event.preventDefault();
  });
  form.addEventListener("input", (event) => {
    // The buttons of this page change the field as well: those are no keys.
    if (!event.isTrusted || !event.target.matches("[data-quantity]") || digits <= BURST_DIGITS) return;
    event.target.value = "";
    say(heard, heard.dataset.burst, "", "bad");
    heard.scrollIntoView({ block: "nearest" });
  });
}

function addRows(form) {
  const more = form.querySelector("[data-goods-more]");
  if (!more) return;
  const next = () => form.querySelector("[data-goods-row][hidden]");
  more.hidden = !next();
  more.addEventListener("click", () => {
    const row = next();
    if (row) row.hidden = false;
    row?.querySelector("input")?.focus();
    more.hidden = !next();
  });
}

function followScans(form, heard) {
  // The field that was tapped last takes the code, unless another kind of field was tapped since.
  let field = null;
  form.addEventListener("focusin", (event) => {
    field = event.target.matches("[data-scannable]") ? event.target : null;
  });
  document.addEventListener("kiosk:scan", (event) => {
    const scan = event.detail;
    if (scan.kind !== "goods" && scan.kind !== "unknown") return;
    event.preventDefault();
    if (field) {
      take(form, field, scan.id);
      return;
    }
    const found = goodsOf(form, scan.text_masked);
    if (found) pointAt(found);
    if (found) say(heard, heard.dataset.known, found.dataset.name);
    else say(heard, heard.dataset.unknown, scan.text_masked, "bad");
  });
}

async function take(form, field, id) {
  const answer = await fetch(form.dataset.codesFrom.replace("ID", encodeURIComponent(id)), {
    credentials: "same-origin",
  });
  if (!answer.ok) return;
  field.value = await answer.text();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function followQuote(form) {
  let timer;
  let asked = 0;
  const ask = async () => {
    asked += 1;
    const mine = asked;
    let answer;
    try {
      answer = await fetch(form.dataset.quote, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        credentials: "same-origin",
      });
    } catch {
      return; // the connection is lost, which the frame says; the server works it out anew when the form is sent
    }
    if (!answer.ok || mine !== asked) return;
    place(form, await answer.text());
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, SETTLE_MS);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
}

function place(form, html) {
  const answer = document.createElement("template");
  answer.innerHTML = html;
  for (const part of answer.content.querySelectorAll("[data-part]")) {
    const into = form.querySelector(`[data-into="${part.dataset.part}"]`);
    if (into && into.innerHTML.trim() !== part.innerHTML.trim()) into.replaceChildren(...part.childNodes);
  }
  for (const part of answer.content.querySelectorAll("[data-needed]")) {
    const needs = part.dataset.needs.split(" ");
    for (const need of ["serial", "appliance-test", "photo"]) {
      const field = form.querySelector(`[data-need="${need}-${part.dataset.needed}"]`);
      if (field) field.hidden = !needs.includes(need);
    }
  }
}

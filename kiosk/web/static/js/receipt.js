// The page of a receipt: filter its lines, count what is chosen, and point at goods that are scanned.
import { goodsOf, pointAt, say } from "./goods_scans.js";

for (const form of document.querySelectorAll("[data-receipt]")) openReceipt(form);

function openReceipt(form) {
  const rows = [...form.querySelectorAll("[data-find]")];
  const heard = form.querySelector("[data-heard]");
  followFilter(form, rows);
  followChoice(form);
  document.addEventListener("kiosk:scan", (event) => {
    if (event.detail.kind !== "goods") return;
    event.preventDefault();
    const found = goodsOf(form, event.detail.text_masked);
    if (found) pointAt(found);
    if (found) say(heard, heard.dataset.known, found.dataset.name);
    else say(heard, heard.dataset.unknown, event.detail.text_masked, "bad");
  });
}

function followFilter(form, rows) {
  const field = form.querySelector("[data-filter]");
  if (!field) return;
  const shown = form.querySelector("[data-shown]");
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      row.hidden = !words.every((word) => row.dataset.find.includes(word));
      if (!row.hidden) count += 1;
    }
    shown.textContent = count === rows.length ? shown.dataset.all : `${count} / ${rows.length}`;
  });
  // Enter in the filter is no choice of a button.
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

function followChoice(form) {
  const figure = form.querySelector("[data-chosen]");
  if (!figure) return;
  const count = () => {
    const chosen = form.querySelectorAll('[name="line"]:checked').length;
    figure.textContent = chosen ? figure.dataset.some.replace("%(count)s", chosen) : figure.dataset.none;
    for (const button of form.querySelectorAll("[data-needs-choice]")) button.disabled = chosen === 0;
  };
  form.addEventListener("change", count);
  // The whole row is a target: a finger need not meet the box. Links and the box itself answer for themselves.
  form.addEventListener("click", (event) => {
    if (event.target.closest("label, a, button, input")) return;
    const box = event.target.closest("[data-find]")?.querySelector('[name="line"]');
    box?.click();
  });
  window.addEventListener("pageshow", count);
  count();
}

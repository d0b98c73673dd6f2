// A form is sent once: its buttons rest as soon as one was pressed. The key that the server wrote into the form
// makes a second sending harmless anyway; this is for the eye.

/** Let every form of *root* be sent once, also forms that arrive later in a fragment. */
export function guardForms(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    // A look into another window changes nothing and leaves this page as it is.
    if (event.submitter?.formTarget === "_blank") return;
    // Neither does an answer that is a file: it may be asked for once more.
    if (event.submitter?.dataset.again !== undefined) return;
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.classList.add("sent");
    // After this turn: a disabled button would not send its own value along.
    setTimeout(() => rest(form, true));
  });
  // A page that comes back out of the browser's memory is usable again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of root.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.querySelector(".sent")?.classList.remove("sent");
      rest(form, false);
    }
  });
  root.addEventListener("change", (event) => {
    // What was chosen inside a folded part stands outside of it as well: ``data-shows`` names the field.
    const shown = event.target.form?.querySelector(`[data-shows="${event.target.name}"]`);
    if (shown) shown.textContent = event.target.closest("label")?.textContent.trim() ?? event.target.value;
  });
}

function rest(form, busy) {
  form.classList.toggle("form--busy", busy);
  form.setAttribute("aria-busy", String(busy));
  for (const button of form.elements) {
    if (button.type === "submit") button.disabled = busy;
  }
}

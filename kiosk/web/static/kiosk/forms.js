// The screens on which a shopper writes: comment, complaint, contact; what comes of it; and going on by phone.
import { button, h, icon } from "./dom.js";

/** A field with its label; it tells the app what is in it, and asks for a keyboard when it is touched. */
function field(app, name, kind, label, more = {}) {
  const control = h(kind, {
    id: name,
    name,
    autocomplete: "off",
    autocorrect: "off",
    autocapitalize: "off",
    spellcheck: "false",
    "aria-describedby": "help",
    oninput: (event) => app.writer.write(name, event.currentTarget.value),
    onfocus: (event) => app.writer.openKeyboard(event.currentTarget, more.type === "tel" ? "digits" : app.language),
    ...more,
  });
  control.value = app.words[name] ?? "";
  return h("label.field", { for: name }, h("span.field__name", {}, label), control);
}

const fault = (app) => h("p.fault", { id: "fault", role: "alert", hidden: !app.fault }, app.fault ?? "");

function writing(app, name, title, help, length, go) {
  const left = h("span", { "aria-hidden": "true" });
  const count = () => {
    left.textContent = app.t.left.replace("%s", length - (app.words[name] ?? "").length);
  };
  count();
  const area = field(app, name, "textarea", title, { maxlength: length, rows: 3 });
  area.addEventListener("input", count);
  return [
    h("h1", { tabindex: -1 }, title),
    area,
    h("p.help", { id: "help" }, help, " ", left),
    fault(app),
    h(
      "div.actions",
      {},
      button("button", "0", app.t.back, () => app.show("more"), { "data-back": true }),
      go,
    ),
  ];
}

function comment(app) {
  const go = button("button.button--main", "1", app.t.send, () => app.writer.sendComment());
  return writing(app, "comment", app.t.commentTitle, app.t.commentHelp, app.picture.comment_length, go);
}

function complaint(app) {
  const go = button("button.button--main", "1", app.t.next, () => app.writer.toContact());
  return writing(app, "content", app.t.complaintTitle, app.t.complaintHelp, app.picture.content_length, go);
}

function contact(app) {
  const box = h("input", {
    type: "checkbox",
    id: "consent",
    "data-key": "4",
    "aria-keyshortcuts": "4",
    onchange: (event) => app.writer.write("consent", event.currentTarget.checked),
  });
  box.checked = Boolean(app.words.consent);
  return [
    h("h1", { tabindex: -1 }, app.t.contactTitle),
    h("p.help", { id: "help" }, app.writer.consentText()),
    h(
      "div.fields",
      {},
      field(app, "phone", "input", app.t.tel, { type: "tel", inputmode: "numeric", maxlength: 20 }),
      field(app, "name", "input", app.t.name, { type: "text", maxlength: 32 }),
      h(
        "label.consent",
        { for: "consent" },
        box,
        h("span", {}, app.t.consent),
        h("kbd", { "aria-hidden": "true" }, "4"),
      ),
    ),
    fault(app),
    h(
      "div.actions",
      {},
      button("button", "0", app.t.back, () => app.show("complaint"), { "data-back": true }),
      button("button", "2", app.t.anonymous, () => app.writer.sendComplaint(false)),
      button("button.button--main", "1", app.t.sendWith, () => app.writer.sendComplaint(true)),
    ),
  ];
}

function working(app) {
  return [h("h1", { tabindex: -1 }, app.t.working)];
}

// Groups of digits can be read out and copied by hand.
const grouped = (code) => code.replace(/(\d{4})(?=\d)/g, "$1 ").trim();

function receipt(app) {
  const { number, code, job } = app.receipt;
  return [
    h("h1", { tabindex: -1 }, app.t.caseTitle),
    h(
      "dl.receipt",
      {},
      h("div", {}, h("dt", {}, app.t.caseNumber), h("dd", { id: "number" }, number)),
      h("div", {}, h("dt", {}, app.t.caseCode), h("dd", { id: "code" }, grouped(code))),
    ),
    h("p.lead", {}, job ? app.t.slip : app.t.noSlip),
    app.picture.case_url && h("p.help", {}, app.t.caseUrl.replace("%s", app.picture.case_url)),
    button("button.button--main", "0", app.t.done, () => app.wipe()),
  ];
}

function kept(app) {
  return [
    h("div.large-icon", { "data-tone": 4 }, icon("face-4")),
    h("h1", { tabindex: -1 }, app.t.keptTitle),
    h("p.lead", {}, app.added === "memory" ? app.t.memoryText : app.t.keptText),
    button("button.button--main", "0", app.t.done, () => app.wipe()),
  ];
}

function refused(app) {
  return [
    h("div.large-icon", {}, icon("warn")),
    h("h1", { tabindex: -1 }, app.t.refusedTitle),
    h("p.lead", {}, app.t.refusedText),
    button("button.button--main", "0", app.t.done, () => app.wipe()),
  ];
}

function phone(app) {
  const code = h("div.qr", { id: "qr" });
  const text = h("p.lead", { role: "status", id: "phone-state" }, app.t[app.phone ?? "phoneText"]);
  if (!app.phone) app.writer.offerPhone(code, text);
  return [
    h("h1", { tabindex: -1 }, app.t.phoneTitle),
    code,
    text,
    h(
      "div.actions",
      {},
      button("button", "1", app.t.back, () => app.show("more"), { "data-back": true }),
      button("button.button--main", "0", app.t.done, () => app.finish()),
    ),
  ];
}

/** name -> what stands on the stage. */
export const FORMS = { comment, complaint, contact, working, case: receipt, kept, refused, phone };

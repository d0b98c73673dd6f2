// What a shopper writes: comment, complaint, contact, and going on by phone. Loaded once somebody has pressed a face.
import { h } from "./dom.js";
import { FORMS } from "./forms.js";
import "./seal.js";
import { TEXTS } from "./texts.js";
import { WORDS } from "./words_texts.js";

const root = document.documentElement;

/** Whether *text* may be a number that can be called from anywhere; the station, which knows the numbering plans, may be away. */
function callable(text) {
  const digits = text.normalize("NFKC").replace(/[^\d+]/g, "");
  return /^(\+|00)\d{7}/.test(digits) || /^\d{10}/.test(digits);
}

export class Writer {
  screens = FORMS;

  constructor(app) {
    this.app = app;
  }

  /** A writer for *app*, once texts and styles of its screens are there. */
  static async ready(app) {
    for (const [language, texts] of Object.entries(WORDS)) Object.assign(TEXTS[language], texts);
    const sheet = h("link", { rel: "stylesheet", href: new URL("./words.css", import.meta.url).href });
    await new Promise((loaded, failed) => {
      sheet.onload = loaded;
      sheet.onerror = failed;
      document.head.append(sheet);
    });
    return new Writer(app);
  }

  consentText() {
    const { app } = this;
    return app.picture.consent[app.language] || app.t.consentText;
  }

  write(name, value) {
    // Half an emoji, cut where a field is full, is no text that a station could take.
    this.app.words[name] = value.toWellFormed?.() ?? value;
    if (this.app.fault) this.complain(undefined);
  }

  /** Say what is missing, beside the fields. */
  complain(text) {
    this.app.fault = text;
    const place = document.getElementById("fault");
    if (!place) return;
    place.textContent = text ?? "";
    place.hidden = !text;
  }

  sendComment() {
    const { app } = this;
    const comment = (app.words.comment ?? "").trim();
    if (!comment) return this.complain(app.t.empty);
    app.sendReasons();
    app.add({ comment, language: app.language });
    return app.show("done");
  }

  toContact() {
    const { app } = this;
    if (!(app.words.content ?? "").trim()) return this.complain(app.t.empty);
    return app.show("contact");
  }

  sendComplaint(withContact) {
    const { app } = this;
    if (app.ghost) return undefined;
    const { name = "", phone = "", consent, content } = app.words;
    if (withContact && !phone.trim()) return this.complain(app.t.contactNeeded);
    if (withContact && !callable(phone)) return this.complain(app.t.contactWrong);
    if (withContact && !consent) return this.complain(app.t.consentNeeded);
    const complaint = {
      kind: "complaint",
      content: content.trim(),
      ...(withContact && {
        contact: { name: name.trim(), phone: phone.trim() },
        consent_version: app.picture.consent.version,
      }),
    };
    app.sendReasons();
    const { press } = app;
    app.show("working");
    app.queue.followUp(press.key, { complaint, language: app.language }, true, (state, answer) => {
      if (app.press === press) this.#complained(state, answer);
    });
    return undefined;
  }

  #complained(state, answer) {
    const { app } = this;
    app.added = state;
    if (state === "saved" && answer.case) {
      app.receipt = answer.case;
      app.show("case");
    } else if (state === "refused" && answer.errors?.length && app.screen === "working") {
      // Something in a field: the shopper can mend it.
      app.screen = "contact";
      app.fault = answer.errors.map((error) => error.message).join(" ");
      app.show("contact");
    } else {
      app.show(state === "refused" ? "refused" : state === "saved" ? "done" : "kept");
    }
  }

  async offerPhone(code, text) {
    const { app } = this;
    try {
      const response = await app.post(`/api/v1/feedback/${app.press.key}/handover`, {});
      const offer = await response.json();
      if (!response.ok) throw new Error(String(response.status));
      code.append(h("img", { src: offer.qr, alt: offer.url, width: 240, height: 240 }));
    } catch {
      text.textContent = app.t.phoneFailed;
    }
  }

  /** Bring the keyboard of the screen for *field*; without one it is a plain field. */
  async openKeyboard(field, mode) {
    if (this.keyboardOf === field) return;
    this.closeKeyboard();
    this.keyboardOf = field;
    try {
      const { attachKeyboard } = await import("./keyboard/keyboard.js");
      const host = document.getElementById("keys");
      const wanted = () => this.keyboardOf === field;
      const keyboard = await attachKeyboard(host, field, { mode, wanted, onDone: () => this.closeKeyboard() });
      if (!keyboard) return;
      this.keyboard = keyboard;
      root.dataset.keys = "yes";
      field.scrollIntoView({ block: "nearest" });
    } catch {
      // A plain field: a keyboard of its own may be plugged in.
    }
  }

  closeKeyboard() {
    this.keyboard?.close();
    this.keyboard = this.keyboardOf = undefined;
    delete root.dataset.keys;
  }
}

// The shopper's kiosk: one rating by one tap, and whatever a shopper wants to add to it.
// State lives in this object alone and is thrown away as a whole when a shopper leaves.
import { afterPaint, h, icon } from "./dom.js";
import { followKeypad, Idle, lockDown } from "./guard.js";
import { newKey, Queue } from "./queue.js";
import { pressState, SCREENS, thanksText } from "./screens.js";
import { Station } from "./station.js";
import { TEXTS } from "./texts.js";

// A tap that was meant for the screen before: fingers come twice within this time.
const GHOST_MS = 350;
// An answer that comes sooner is told at once, without a screen that asks to wait for it.
const PATIENCE_MS = 150;
const REASONS_MS = 800;
const DONE_MS = 6000;
const CASE = "/feedback/case";
const SAY = "/feedback/say";

const root = document.documentElement;
const stage = document.getElementById("stage");
const dialog = document.getElementById("idle");

class App {
  constructor(picture, rehearsal) {
    this.picture = picture;
    this.queue = rehearsal ?? new Queue(() => this.language);
    this.idle = new Idle(dialog, {
      begun: () => this.begun,
      seconds: () => this.picture.idle,
      wipe: () => this.wipe(),
      asked: (left) => this.#askIdle(left),
    });
    stage.addEventListener("scroll", () => {
      this.scrolled = true;
    });
    this.#reset();
    this.show(this.home);
    this.queue.open();
    if (!rehearsal) this.station = new Station(this);
    // Where no worker can keep files, they are fetched while the server is there.
    if (!navigator.serviceWorker) this.#load().catch(() => undefined);
  }

  // -- what a shopper sees

  get t() {
    return TEXTS[this.language];
  }

  /** The text of *texts* in the shopper's language, or in whatever language it has. */
  of(texts) {
    return texts[this.language] || Object.values(texts)[0] || "";
  }

  /** Whether a shopper has left anything on the screen. */
  get begun() {
    const plain = this.language === this.picture.languages[0] && !root.dataset.large && !root.dataset.reach;
    return !(this.screen === this.home && plain && !this.press && !root.dataset.keypad && !this.request);
  }

  show(name) {
    clearInterval(this.ticking);
    clearTimeout(this.leaving);
    this.writer?.closeKeyboard();
    if (name !== this.screen) this.fault = undefined;
    const same = name === this.screen;
    const fresh = !this.screen;
    this.screen = name;
    if (!same) this.shown = performance.now();
    root.dataset.screen = name;
    root.lang = this.t.lang;
    stage.replaceChildren(...(SCREENS[name] ?? this.writer.screens[name])(this).filter(Boolean));
    // Asking how far it is scrolled costs a layout, and it hardly ever is.
    if (this.scrolled) stage.scrollTop = 0;
    this.scrolled = false;
    if (same || fresh) this.#tools();
    if (name === "done") this.leaving = setTimeout(() => this.wipe(), DONE_MS);
    if (!same) this.#focus();
  }

  /** Lead to a screen on which one writes; what it needs came with the first press. */
  async open(name) {
    const { press } = this;
    try {
      await this.#load();
    } catch {
      this.loading = undefined;
      return this.finish(); // the server is away, and no worker keeps the page's files here
    }
    if (this.press === press) this.show(name);
    return undefined;
  }

  #load() {
    this.loading ??= import("./words.js").then(async ({ Writer }) => {
      this.writer = await Writer.ready(this);
    });
    return this.loading;
  }

  /** Have *work* done every *ms* while this screen stands. */
  every(ms, work) {
    clearInterval(this.ticking);
    this.ticking = setInterval(work, ms);
  }

  #focus() {
    const field = stage.querySelector("textarea");
    const first = root.dataset.keypad && stage.querySelector("[data-key]");
    (field ?? (first || stage.querySelector("h1")))?.focus({ preventScroll: true });
  }

  #tools() {
    const tool = (key, name, text, onclick, more = {}) =>
      h(
        "button.tool",
        { onclick, "data-key": key, "aria-keyshortcuts": key, ...more },
        icon(name),
        h("span", {}, text),
        h("kbd", { "aria-hidden": "true" }, key),
      );
    const toggle = (name) => () => {
      if (root.dataset[name]) delete root.dataset[name];
      else root.dataset[name] = "yes";
      this.#again();
    };
    const pressed = (name) => ({ "aria-pressed": String(Boolean(root.dataset[name])) });
    const tools = document.getElementById("tools");
    const focused = tools.contains(document.activeElement) && document.activeElement.dataset.key;
    tools.setAttribute("aria-label", this.t.tools);
    document.getElementById("keys").setAttribute("aria-label", this.t.keyboard);
    tools.replaceChildren(
      ...[
        this.picture.languages.length > 1 &&
          tool("*", "globe", this.t.other, () => this.#switch(), { lang: this.language === "zh" ? "en" : "zh-Hans" }),
        tool("/", "large", this.t.large, toggle("large"), pressed("large")),
        tool("-", "reach", this.t.reach, toggle("reach"), pressed("reach")),
        this.picture.audio && tool("+", "speak", this.t.speak, () => this.speak()),
        !this.picture.counter && !this.picture.preview && tool(".", "case", this.t.myCase, () => this.#myCase()),
      ].filter(Boolean),
    );
    if (focused) tools.querySelector(`[data-key="${focused}"]`)?.focus();
    document.getElementById("brand").textContent = this.of(this.picture.store);
    dialog.querySelector("h2").textContent = this.t.idleTitle;
    dialog.querySelector(".button--main").firstChild.data = this.t.moreTime;
    dialog.querySelector(".button:not(.button--main)").firstChild.data = this.t.finish;
  }

  // The same screen, in another language or size; what was chosen and written stays.
  #again() {
    this.show(this.screen);
  }

  #switch() {
    const known = this.picture.languages;
    this.language = known[(known.indexOf(this.language) + 1) % known.length];
    this.#again();
  }

  /** Lead to the page that tells how a case is going, if the server is there; it comes back by itself. */
  async #myCase() {
    const page = `${CASE}?lang=${this.language}`;
    const there = await fetch(page).then(
      (response) => response.ok,
      () => false,
    );
    if (there && !this.press) location.replace(page);
  }

  speak() {
    const prompt = { rate: this.request ? "counter" : "rate", working: "case", kept: "done", refused: "done" }[
      this.screen
    ];
    this.post(SAY, { prompt: prompt ?? this.screen, language: this.language }).catch(() => undefined);
  }

  /** POST *body* to the station, whose answer is wanted in the shopper's language. */
  post(url, body) {
    return fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": this.language },
      body: JSON.stringify(body),
    });
  }

  // -- what a shopper does

  rate(rating, face) {
    if (this.press || this.ghost) return;
    // The answer of this very frame is the face; everything that takes longer comes after it.
    face.setAttribute("data-chosen", "yes");
    this.press = { key: newKey(), rating, state: "sending" };
    const { press } = this;
    const body = {
      key: press.key,
      survey: this.picture.survey.id,
      rating,
      language: this.language,
      pressed_at: new Date().toISOString(),
      ...(this.request && { rating_request: this.request }),
    };
    afterPaint(() => {
      this.queue.press(body, (state) => this.#pressed(press, state));
      setTimeout(() => this.#thank(press), PATIENCE_MS);
    });
  }

  #thank(press) {
    if (this.press !== press || this.screen !== "rate") return;
    this.show("more");
    // What a shopper may want to write with comes once the thanks are seen, and costs them no time.
    afterPaint(() =>
      this.#load().catch(() => {
        this.loading = undefined; // tried again when a shopper wants to write
      }),
    );
  }

  #pressed(press, state) {
    press.state = state;
    if (this.press !== press) return;
    this.#thank(press);
    if (this.screen === "more") document.getElementById("state").replaceWith(pressState(this));
    else if (this.screen === "done") document.getElementById("thanks").textContent = thanksText(this);
  }

  reason(id, element) {
    if (this.ghost) return;
    if (!this.reasons.delete(id)) this.reasons.add(id);
    element.setAttribute("aria-pressed", String(this.reasons.has(id)));
    clearTimeout(this.sendingReasons);
    this.unsent = true;
    this.sendingReasons = setTimeout(() => this.sendReasons(), REASONS_MS);
  }

  /** Whether a tap may still have been meant for the screen before. */
  get ghost() {
    return performance.now() - this.shown < GHOST_MS;
  }

  /** Send the reasons as they are chosen now, unless that has been done. */
  sendReasons() {
    clearTimeout(this.sendingReasons);
    if (!this.unsent) return;
    this.unsent = false;
    this.queue.followUp(this.press.key, { reasons: [...this.reasons], language: this.language }, false);
  }

  /** Send *body*, words of the shopper, after the press. */
  add(body) {
    const { press } = this;
    this.added = "sending";
    this.queue.followUp(press.key, body, true, (state) => {
      if (this.press !== press) return;
      this.added = state;
      if (this.screen === "done") document.getElementById("thanks").textContent = thanksText(this);
    });
  }

  finish() {
    if (this.ghost) return;
    this.sendReasons();
    this.show("done");
  }

  /** Leave nothing for the next shopper. What is not delivered waits in the queue, which no screen shows. */
  wipe() {
    if (this.press) this.sendReasons();
    this.idle.end();
    this.#reset();
    this.show(this.home);
    this.station?.refreshSoon();
  }

  #reset() {
    for (const name of ["large", "reach", "keypad"]) delete root.dataset[name];
    document.activeElement?.blur();
    clearTimeout(this.counting);
    this.language = this.picture.languages[0];
    this.press = this.receipt = this.added = this.request = this.phone = this.fault = undefined;
    this.reasons = new Set();
    this.words = {};
    this.unsent = false;
    this.screen = undefined;
  }

  #askIdle(left) {
    if (!dialog.open) {
      this.writer?.closeKeyboard();
      dialog.showModal();
    }
    document.getElementById("idle-text").textContent = this.t.idleText.replace("%s", left);
  }

  // -- what the station says

  /** The screen on which a shopper begins. */
  get home() {
    const { picture, request } = this;
    if (picture.counter && !request) return "counter";
    return picture.survey ? "rate" : "closed";
  }

  /** Show *picture* from now on; nobody stands in front of it. */
  take(picture) {
    this.picture = picture;
    this.#reset();
    this.show(this.home);
  }

  /** The counter's staff ask for a rating, for *ms* from now. */
  ask(request, ms) {
    this.wipe();
    this.request = request;
    this.show(this.home);
    this.counting = setTimeout(() => this.screen === "rate" && this.wipe(), ms);
  }

  /** A real button was pressed beside the screen: the station has it already. */
  buttonPressed(key, rating) {
    if (this.screen !== "rate") return;
    this.press = { key, rating, state: "saved" };
    this.show("more");
    this.idle.touch();
  }

  /** The shopper's phone took over, or has sent. */
  phoned(key, state) {
    if (this.press?.key !== key || this.screen !== "phone") return;
    this.phone = state === "sent" ? "phoneSent" : "phoneTaken";
    this.show("phone");
    this.idle.touch();
  }
}

lockDown();
followKeypad(document, dialog);
const { request: _asked, ...picture } = JSON.parse(document.getElementById("data").textContent);
const { Rehearsal } = picture.preview ? await import("./preview.js") : {};
const app = new App(picture, Rehearsal && new Rehearsal());
dialog.querySelector(".button--main").addEventListener("click", () => app.idle.stay());
dialog.querySelector(".button:not(.button--main)").addEventListener("click", () => app.wipe());
addEventListener("pagehide", () => app.station?.close());
if (!Rehearsal) {
  navigator.serviceWorker
    ?.register("/feedback/worker.js", { scope: "/feedback", updateViaCache: "none" })
    .catch(() => undefined);
}

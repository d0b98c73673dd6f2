// The on-screen keyboard: pinyin with words, English, digits, e-mail. Loaded when a field is about to be written into.
// simple-keyboard draws the keys and hears the fingers; what a key does to the field is decided here.
import { SimpleKeyboard } from "../../vendor/simple-keyboard/simple-keyboard.js";
import { CandidateStrip, element } from "./candidates.js";
import { faces, LABELS, layouts, names, WIDE } from "./layouts.js";
import { loadDictionary, spelled } from "./pinyin.js";
import { keepRoom } from "./place.js";
import { walkByKeys } from "./walk.js";

const REPEAT_AFTER_MS = 500;
const REPEAT_EVERY_MS = 90;
const LETTER = /^[a-z']$/;

let stylesheet;

/**
 * Open a keyboard in *host* for *field*. *mode*: zh, en, digits or email; *labels*: texts as in LABELS of layouts.js, by
 * default those of the page's language; *onDone* is called when the shopper closes it. Resolves to ``{close}``, or to
 * undefined when *wanted* says, once everything is loaded, that the shopper has gone on to another field meanwhile.
 */
export async function attachKeyboard(host, field, { mode = "zh", labels, onDone, wanted = () => true } = {}) {
  await styled();
  if (!wanted()) return undefined;
  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  return new Keyboard(host, field, mode, { ...LABELS[language], ...labels }, onDone);
}

class Keyboard {
  constructor(host, field, mode, labels, onDone) {
    Object.assign(this, { host, field, labels, onDone });
    this.composing = "";
    this.candidates = [];
    this.chinese = mode === "zh";
    this.layout = mode;
    this.strip = new CandidateStrip(labels, (candidate) => this.#take(candidate));
    const keys = element("div", "osk__keys");
    const frame = element("div", "osk");
    frame.dataset.mode = mode;
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", labels.keyboard);
    frame.append(this.strip.element, keys);
    host.replaceChildren(frame);
    host.hidden = false;
    this.keys = new SimpleKeyboard(keys, {
      layout: layouts(field.tagName === "TEXTAREA"),
      theme: "osk-keys",
      buttonTheme: WIDE,
      buttonAttributes: names(labels),
      useButtonTag: true,
      preventMouseDownDefault: true,
      disableButtonHold: true,
      enableLayoutCandidates: false,
      // The library keeps no copy of what is written: nothing of it may be left for the next shopper.
      inputPattern: /^$/,
      ...this.#look(),
      onKeyPress: (key) => this.#press(key),
    });
    this.inputMode = field.inputMode;
    field.inputMode = "none"; // no second keyboard of the system's
    this.#listen();
    if (this.chinese) this.#load();
  }

  /** Take the keyboard away; what was being composed is dropped. */
  close() {
    if (this.closed) return;
    this.closed = true;
    for (const end of this.endings) end();
    this.keys.destroy();
    this.host.replaceChildren();
    this.host.hidden = true;
    this.field.inputMode = this.inputMode;
  }

  #listen() {
    const { host } = this;
    const listen = (target, name, heard) => {
      target.addEventListener(name, heard);
      return () => target.removeEventListener(name, heard);
    };
    let timer;
    const stop = () => clearTimeout(timer);
    const repeat = () => {
      this.#press("{bksp}");
      timer = setTimeout(repeat, REPEAT_EVERY_MS);
    };
    this.endings = [
      // A tap leaves the focus in the field.
      listen(host, "mousedown", (event) => event.preventDefault()),
      // Enter on a key, or a screen reader, clicks without a finger; simple-keyboard hears fingers alone.
      listen(host, "click", (event) => {
        const key = event.target.closest("[data-skbtn]");
        if (key && event.detail === 0) this.#press(key.dataset.skbtn);
      }),
      listen(host, "pointerdown", (event) => {
        stop();
        if (event.target.closest('[data-skbtn="{bksp}"]')) timer = setTimeout(repeat, REPEAT_AFTER_MS);
      }),
      // Whoever goes on without choosing a word means the likeliest one. A wipe touches nothing, and so writes nothing.
      listen(document, "pointerdown", (event) => {
        if (event.target !== this.field && !host.contains(event.target)) this.#settle();
      }),
      listen(window, "pointerup", stop),
      listen(window, "pointercancel", stop),
      stop,
      walkByKeys(host, this.field, { leave: () => this.#done(), press: (key) => this.#press(key) }),
      keepRoom(host, this.field),
    ];
  }

  async #load() {
    try {
      this.dictionary = await loadDictionary();
      this.#compose();
    } catch {
      // The station is away for a moment, or the file is missing: English and digits still work, and the strip says so.
      this.strip.clear(this.labels.unavailable);
    }
  }

  #press(key) {
    if (this.closed) return;
    if (key === "{bksp}") this.#erase();
    else if (key === "{done}") this.#done();
    else if (key === "{space}") this.#space();
    else if (key === "{enter}") this.#plain("\n");
    else if (key === "{apart}") this.#letter("'");
    else if (key === "{shift}") this.#show(this.layout === "capitals" ? "en" : "capitals");
    else if (key === "{symbols}") this.#show(this.chinese ? "zh-symbols" : "en-symbols");
    else if (key === "{letters}") this.#show(this.chinese ? "zh" : "en");
    else if (key === "{language}") this.#switch();
    else if (this.layout === "zh" && LETTER.test(key)) this.#letter(key);
    else this.#plain(key);
  }

  #letter(key) {
    if (key === "'" && !this.composing) return;
    this.composing += key;
    this.#compose();
  }

  // Signs and lines end what is being composed with its likeliest word.
  #plain(text) {
    this.#settle();
    insert(this.field, text);
    if (this.layout === "capitals") this.#show("en");
  }

  #space() {
    if (this.composing) this.#settle();
    else insert(this.field, " ");
  }

  #erase() {
    if (!this.composing) {
      erase(this.field);
      return;
    }
    this.composing = this.composing.slice(0, -1);
    this.#compose();
  }

  #settle() {
    // Without a word the letters themselves are meant.
    while (this.composing) this.#take(this.candidates[0] ?? { text: this.composing, length: this.composing.length });
  }

  #take({ text, length }) {
    insert(this.field, text);
    this.composing = this.composing.slice(length).replace(/^'+/, "");
    const walking = this.host.contains(document.activeElement);
    this.#compose();
    // The word that was pressed by Enter is gone: go on at the keys.
    if (walking && !this.host.contains(document.activeElement)) this.host.querySelector("[data-skbtn]").focus();
  }

  #compose() {
    this.candidates = this.composing && this.dictionary ? this.dictionary.candidates(this.composing) : [];
    if (!this.composing) this.strip.clear();
    else if (!this.dictionary) this.strip.show(this.composing, []);
    else this.strip.show(this.#typed(), this.candidates);
  }

  #typed() {
    const typed = spelled(this.dictionary, this.composing);
    return this.candidates.length ? typed : `${typed}  ${this.labels.noWords}`;
  }

  #switch() {
    this.#settle();
    this.chinese = !this.chinese;
    this.#show(this.chinese ? "zh" : "en");
    if (this.chinese && !this.dictionary) this.#load();
  }

  #show(layout) {
    const focused = document.activeElement?.dataset?.skbtn;
    const had = this.host.contains(document.activeElement);
    this.layout = layout;
    this.host.firstChild.dataset.mode = layout;
    this.keys.setOptions(this.#look());
    // The keys were drawn anew: whoever walks over them by arrow keys goes on where they were.
    if (had) (this.keys.getButtonElement(focused) ?? this.host.querySelector("[data-skbtn]"))?.focus();
  }

  #look() {
    return { layoutName: this.layout, display: faces(this.labels, this.chinese), mergeDisplay: false };
  }

  #done() {
    this.#settle();
    const { field } = this;
    this.close();
    field.focus();
    field.dispatchEvent(new CustomEvent("keyboard-done", { bubbles: true }));
    this.onDone?.();
  }
}

function insert(field, text) {
  const { start, end } = selection(field);
  // A browser holds to a field's length only what a person types: here it is done for it.
  const room = field.maxLength < 0 ? text.length : field.maxLength - field.value.length + (end - start);
  const fitting = room >= text.length ? text : "";
  if (fitting) replace(field, fitting, start, end, "insertText");
}

function erase(field) {
  const { start, end } = selection(field);
  if (start !== end) {
    replace(field, "", start, end, "deleteContentBackward");
    return;
  }
  // One character as people see it: an emoji is more than one unit of the text.
  const before = [...new Intl.Segmenter().segment(field.value.slice(0, start))].at(-1)?.segment.length ?? 0;
  if (before) replace(field, "", start - before, start, "deleteContentBackward");
}

function replace(field, text, start, end, inputType) {
  field.value = field.value.slice(0, start) + text + field.value.slice(end);
  if (field.selectionStart !== null) field.setSelectionRange(start + text.length, start + text.length);
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType, data: text || null }));
}

// E-mail and number fields do not tell where their caret is: it is at the end.
function selection(field) {
  const end = field.value.length;
  return { start: field.selectionStart ?? end, end: field.selectionEnd ?? end };
}

function styled() {
  stylesheet ??= new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("./keyboard.css", import.meta.url);
    // Without its style a keyboard still works.
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
  return stylesheet;
}

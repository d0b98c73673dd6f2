// The strip above the keys: the letters typed so far, and the words that they may mean, a page at a time.

// Pixels that a word of n characters needs: padding and n times the size of its letters.
const PADDING = 36;
const CHARACTER = 30;

export class CandidateStrip {
  /** *choose* is called with a candidate ``{text, length}`` that was taken. */
  constructor(labels, choose) {
    this.labels = labels;
    this.choose = choose;
    this.element = element("div", "osk__strip");
    this.typed = element("span", "osk__typed");
    this.typed.setAttribute("aria-live", "polite");
    this.list = element("div", "osk__words");
    this.list.setAttribute("role", "group");
    this.list.setAttribute("aria-label", labels.candidates);
    this.before = this.#turner("osk__turn", "‹", labels.previous, -1);
    this.after = this.#turner("osk__turn", "›", labels.next, 1);
    this.element.append(this.typed, this.list, this.before, this.after);
    this.clear();
  }

  /** Show *text* with its *candidates*, the first page. */
  show(text, candidates) {
    this.typed.textContent = text;
    this.typed.hidden = !text;
    this.typed.classList.remove("osk__typed--hint");
    this.candidates = candidates;
    this.page = 0;
    this.#cut();
    this.#render();
  }

  /** Nothing is being typed: say what may be. */
  clear(text = this.labels.hint) {
    this.show(text, []);
    this.typed.classList.add("osk__typed--hint");
  }

  #cut() {
    this.pages = [];
    const room = this.list.clientWidth || 400;
    let left = 0;
    for (const candidate of this.candidates) {
      const width = PADDING + CHARACTER * candidate.text.length;
      if (left < width) {
        this.pages.push([]);
        left = room;
      }
      this.pages.at(-1).push(candidate);
      left -= Math.max(60, width);
    }
  }

  #render() {
    const had = this.list.contains(document.activeElement);
    const words = (this.pages[this.page] ?? []).map((candidate) => {
      const button = element("button", "osk__word");
      button.type = "button";
      button.lang = "zh-Hans";
      button.textContent = candidate.text;
      button.addEventListener("click", () => this.choose(candidate));
      return button;
    });
    this.list.replaceChildren(...words);
    this.before.hidden = this.after.hidden = this.pages.length < 2;
    this.before.disabled = this.page === 0;
    this.after.disabled = this.page >= this.pages.length - 1;
    if (had) words[0]?.focus();
  }

  #turner(name, sign, label, step) {
    const button = element("button", name);
    button.type = "button";
    button.textContent = sign;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () => {
      this.page = Math.min(Math.max(this.page + step, 0), this.pages.length - 1);
      this.#render();
    });
    return button;
  }
}

/** A new element with a class. */
export function element(tag, name) {
  const made = document.createElement(tag);
  made.className = name;
  return made;
}

// A scanned code of goods on a page of receipts or returns: it shows where those goods are, and never becomes a quantity.

const SHOWN_MS = 4000;
// EAN-13 from 20 to 29: weighed goods, whose last digits are weight or price; their article is the beginning.
const WEIGHED = /^2\d{12}$/;
const ARTICLE_DIGITS = 7;

/** The element of *root* whose ``data-codes`` name the goods of *code*; null when there is none. */
export function goodsOf(root, code) {
  const plain = code.replace(/^0+/, "");
  const all = [...root.querySelectorAll("[data-codes]")];
  const has = (element, fits) => element.dataset.codes.split(" ").some((known) => known && fits(known));
  const exact = all.find((element) => has(element, (known) => known === code || known.replace(/^0+/, "") === plain));
  if (exact || !WEIGHED.test(code)) return exact ?? null;
  const article = code.slice(0, ARTICLE_DIGITS);
  return all.find((element) => has(element, (known) => WEIGHED.test(known) && known.startsWith(article))) ?? null;
}

/** Show *element* for some seconds, and bring it into view. */
export function pointAt(element) {
  for (const other of document.querySelectorAll(".pointed")) other.classList.remove("pointed");
  element.hidden = false;
  element.classList.add("pointed");
  element.scrollIntoView({ block: "center" });
  setTimeout(() => element.classList.remove("pointed"), SHOWN_MS);
}

/** Say what was heard of a scan, in the words that *place* brings; *tone* is good or bad. */
export function say(place, words, name = "", tone = "good") {
  place.textContent = words.replace("%(name)s", name);
  place.dataset.tone = tone;
}

// Chinese from letters: finds the words that an input may mean, whole, abbreviated (`fwt`) or begun (`fuwut`), and
// joins words into a sentence when none is long enough. The dictionary's form: tools/pinyin_words.py.

const LEVELS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const GROUP = /([a-z']+)([^a-z']+)/g;
const WORD = /([^0-9A-Z]+)([0-9A-Z])/g;
// Letters of one input: a sentence. What goes beyond is not taken into account.
const MOST_LETTERS = 48;
const MOST_READINGS = 4;
const LONGEST_WORD = 6;
// A word of several characters is rather meant than one rare character of the same letters (`xian`).
const LENGTH_BONUS = 6;
const REMEMBERED = 2000;
// What a word costs in a sentence beside its rarity: two words must be far more common than the one that they replace.
const WORD_COST = 14;
// A begun or abbreviated syllable is worth less than a whole one.
const PARTIAL_COST = 10;

const INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s y w".split(" ");

export class Dictionary {
  /** *text*: the dictionary's file. Lines are taken apart only when their letters are asked for. */
  constructor(text) {
    this.lines = new Map();
    this.words = new Map();
    this.matches = new Map();
    this.syllables = new Set();
    for (const line of text.split("\n")) {
      const end = line.indexOf(" ");
      if (end < 1) continue;
      this.lines.set(line.slice(0, end), line.slice(end + 1));
      if (end === 1) for (const [, syllable] of line.slice(2).matchAll(GROUP)) this.syllables.add(syllable);
    }
    this.starts = new Set(INITIALS);
    for (const syllable of this.syllables)
      for (let n = 1; n < syllable.length; n++) this.starts.add(syllable.slice(0, n));
  }

  /** Words whose syllables begin with *letters*: ``{text, syllables, level}``, most common first. */
  under(letters) {
    let words = this.words.get(letters);
    if (!words) {
      words = [];
      for (const [, reading, list] of (this.lines.get(letters) ?? "").matchAll(GROUP)) {
        const syllables = reading.split("'");
        for (const [, text, level] of list.matchAll(WORD))
          words.push({ text, syllables, level: LEVELS.indexOf(level) });
      }
      words.sort((a, b) => b.level - a.level);
      this.words.set(letters, words);
    }
    return words;
  }

  /** Words of exactly these *parts*, each a whole syllable or the beginning of one: ``{text, score}``, the best first. */
  matching(parts) {
    const key = parts.map((part) => (part.whole ? part.text : `${part.text}*`)).join("'");
    const known = this.matches.get(key);
    if (known) return known;
    const letters = parts.map((part) => part.text[0]).join("");
    const words = [];
    for (const word of this.under(letters)) {
      let cost = 0;
      for (let n = 0; n < parts.length && cost < Number.POSITIVE_INFINITY; n++)
        cost += fit(parts[n], word.syllables[n]);
      if (cost < Number.POSITIVE_INFINITY) words.push({ text: word.text, score: word.level - cost });
    }
    words.sort((a, b) => b.score - a.score);
    if (this.matches.size >= REMEMBERED) this.matches.clear();
    this.matches.set(key, words);
    return words;
  }

  /** The ways to read *input* as syllables, the likeliest first: lists of ``{text, whole, end}``. */
  readings(input) {
    const found = [];
    const walk = (at, parts, partials) => {
      if (found.length > 64) return;
      if (at === input.length) {
        found.push({ parts, cost: parts.length + 4 * partials });
        return;
      }
      if (input[at] === "'") {
        walk(at + 1, parts, partials);
        return;
      }
      for (let length = Math.min(6, input.length - at); length > 0; length--) {
        const text = plain(input.slice(at, at + length));
        const end = at + length;
        if (this.syllables.has(text)) walk(end, [...parts, { text, whole: true, end }], partials);
        else if (this.starts.has(text) && (end === input.length || INITIALS.includes(text))) {
          walk(end, [...parts, { text, whole: false, end }], partials + (end === input.length ? 0.3 : 1));
        }
      }
    };
    walk(0, [], 0);
    // The same syllables in the same places are one reading.
    return found.sort((a, b) => a.cost - b.cost).slice(0, MOST_READINGS);
  }

  /**
   * What *input* (letters and apostrophes) may mean: ``[{text, length}]``, *length* letters of the input each.
   * First words for all of it, then a sentence, then words for ever less of its beginning, at last single characters.
   */
  candidates(input, most = 60) {
    const typed = input.slice(0, MOST_LETTERS);
    const readings = this.readings(typed);
    const found = new Map();
    const add = (text, length) => {
      if (found.size < most && !found.has(text)) found.set(text, { text, length });
    };
    const whole = [];
    for (const { parts, cost } of readings) {
      if (parts.length > LONGEST_WORD) continue;
      const less = (cost - readings[0].cost) * 3 - (parts.length > 1 ? LENGTH_BONUS : 0);
      for (const word of this.matching(parts)) whole.push({ text: word.text, score: word.score - less });
    }
    whole.sort((a, b) => b.score - a.score);
    const single = readings.length > 0 && readings[0].parts.length === 1;
    for (const word of whole.slice(0, single ? most : 24)) add(word.text, typed.length);
    if (!single && readings.length > 0) {
      const sentence = this.sentence(readings[0].parts);
      if (sentence) add(sentence, typed.length);
      for (let count = Math.min(LONGEST_WORD, readings[0].parts.length - 1); count > 0; count--) {
        for (const { parts } of readings) {
          if (parts.length <= count) continue;
          const beginning = parts.slice(0, count);
          for (const word of this.matching(beginning).slice(0, count === 1 ? 30 : 8))
            add(word.text, beginning[count - 1].end);
        }
      }
    }
    return [...found.values()];
  }

  /** The likeliest words for *parts*, joined; "" when there are none. */
  sentence(parts) {
    const best = [{ score: 0, text: "" }];
    for (let end = 1; end <= parts.length; end++) {
      for (let start = Math.max(0, end - LONGEST_WORD); start < end; start++) {
        if (!best[start]) continue;
        const [word] = this.matching(parts.slice(start, end));
        if (!word) continue;
        const score = best[start].score + word.score - LEVELS.length - WORD_COST;
        if (!best[end] || score > best[end].score) best[end] = { score, text: best[start].text + word.text };
      }
    }
    return best[parts.length]?.text ?? "";
  }
}

/** *input* with its syllables set apart, as it is shown while it is typed. */
export function spelled(dictionary, input) {
  const [reading] = dictionary.readings(input.slice(0, MOST_LETTERS));
  if (!reading) return input;
  let at = 0;
  const parts = reading.parts.map((part) => {
    const text = input.slice(at, part.end).replaceAll("'", "");
    at = part.end;
    return text;
  });
  return parts.join("'") + input.slice(at).replaceAll("'", "");
}

function fit(part, syllable) {
  if (part.text === syllable) return 0;
  return !part.whole && syllable.startsWith(part.text) ? PARTIAL_COST : Number.POSITIVE_INFINITY;
}

// Both spellings of the sound after n and l are in use: `lve` and `lue`; `nve` and `nue`.
function plain(text) {
  return text === "lue" || text === "nue" ? `${text[0]}ve` : text;
}

let loading;

/** The dictionary, fetched once. Rejects when it cannot be had; the next call tries again. */
export function loadDictionary() {
  loading ??= fetch(new URL("../../vendor/pinyin/words.txt", import.meta.url), { credentials: "same-origin" })
    .then((response) => {
      if (!response.ok) throw new Error(`dictionary: ${response.status}`);
      return response.text();
    })
    .then((text) => new Dictionary(text))
    .catch((error) => {
      loading = undefined;
      throw error;
    });
  return loading;
}

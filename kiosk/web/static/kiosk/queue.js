// Delivers presses and what follows them: once, in order, whatever happens to the server in between.
// Every entry goes to the server at once and, unless that answers very soon, to the disk as well; whichever is done first
// makes it durable, and nothing is told before.

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const TIMEOUT_MS = 8000;
// How long the server may take before the shopper is told that this screen keeps the entry.
const PATIENCE_MS = 1500;
// A server that answers sooner spares the disk, which is often the server's own, two flushes.
const DISK_AFTER_MS = 120;
const API = "/api/v1/feedback";

/** A name for one press: 128 random bits. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Queue {
  #disk = new Disk();
  #entries = [];
  #language;
  #busy = false;
  #written = Promise.resolve();
  #pause = FIRST_RETRY_MS;
  #timer;

  /** *language* tells in which language refusals are to be answered. */
  constructor(language) {
    this.#language = language;
    addEventListener("online", () => this.kick());
  }

  get length() {
    return this.#entries.length;
  }

  /** Take up what an earlier page, or one that died, left. */
  async open() {
    const left = await this.#disk.leftovers();
    this.#entries.unshift(
      ...left.map((entry) => ({ ...entry, kept: Promise.resolve(entry.id), foreign: true, tell: () => {} })),
    );
    this.kick();
  }

  /**
   * Send a press. *tell* hears "saved" (the server has it on disk), "kept" (this screen has), "memory" (only this page
   * has) or "refused", and the server's answer; it may hear "kept" first and "saved" later.
   */
  press(body, tell) {
    this.#add({ path: "", body, sealed: false, tell });
  }

  /**
   * Send what a shopper adds to the press *key*; *personal* says that it holds words or contact data. The time goes with
   * it, by the clock that timed the press: it may be delivered days later.
   */
  followUp(key, body, personal, tell = () => {}) {
    const dated = { ...body, said_at: new Date().toISOString() };
    this.#add({ path: `/${key}/follow-up`, body: dated, sealed: personal, tell });
  }

  /** Try again now: the connection seems to be back. */
  kick() {
    clearTimeout(this.#timer);
    this.#pause = FIRST_RETRY_MS;
    this.#deliver();
  }

  #add(entry) {
    this.#entries.push(entry);
    const tried = new Promise((resolve) => {
      entry.tried = resolve;
      setTimeout(resolve, DISK_AFTER_MS);
    });
    this.#deliver();
    const keep = () => (entry.told ? undefined : this.#disk.add(entry));
    entry.kept = this.#written = Promise.all([this.#written, tried]).then(keep);
    setTimeout(() => this.#tellKept(entry), PATIENCE_MS);
  }

  async #tellKept(entry) {
    if (entry.told) return;
    const id = await entry.kept;
    if (entry.told) return;
    entry.told = true;
    entry.tell(id === undefined ? "memory" : "kept");
  }

  async #deliver() {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    let stuck = true;
    try {
      // One tab at a time, so that two of them keep the order, too.
      const work = () => this.#empty();
      stuck = await (navigator.locks ? navigator.locks.request("kiosk-feedback", work) : work());
    } finally {
      this.#busy = false;
    }
    // What came between the last look and here.
    if (!stuck && this.#entries.length > 0) this.#deliver();
  }

  /** Send entry after entry; true when the server is away and a later try is set. */
  async #empty() {
    while (this.#entries.length > 0) {
      const entry = this.#entries[0];
      if (entry.foreign && !(await this.#disk.has(entry.id))) {
        this.#entries.shift(); // another tab has delivered it
        continue;
      }
      const result = await this.#send(entry);
      if (result === undefined) {
        entry.tried?.();
        for (const waiting of this.#entries) this.#tellKept(waiting);
        this.#timer = setTimeout(() => this.#deliver(), this.#pause);
        this.#pause = Math.min(this.#pause * 2, LAST_RETRY_MS);
        return true;
      }
      this.#pause = FIRST_RETRY_MS;
      if (result.refused && (entry.told || entry.foreign) && entry.body.complaint?.contact) {
        // The shopper has left and can mend nothing: the complaint arrives at least without a contact that cannot be used.
        const { contact, consent_version, ...complaint } = entry.body.complaint;
        entry.body = { ...entry.body, complaint };
        continue;
      }
      this.#entries.shift();
      entry.told = true;
      entry.tried?.();
      entry.tell(result.refused ? "refused" : "saved", result.answer);
      entry.kept.then((id) => id !== undefined && this.#disk.remove(id));
    }
    return false;
  }

  /** The answer to *entry*; undefined when it must be sent again. */
  async #send(entry) {
    try {
      const response = await fetch(API + entry.path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Accept-Language": this.#language() },
        body: JSON.stringify(entry.body),
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        signal: AbortSignal.timeout?.(TIMEOUT_MS),
      });
      if (response.status >= 500 || response.status === 408 || response.status === 429) return undefined;
      const answer = await response.json();
      if (response.ok && answer.key) return { answer };
      // A proxy's or portal's own page is no answer of the station.
      return response.headers.get("Content-Type")?.startsWith("application/problem+json")
        ? { refused: true, answer }
        : undefined;
    } catch {
      return undefined; // no connection, or the answer broke off
    }
  }
}

const NAME = "kiosk-feedback";
// Needed only for words, which come with a module of their own.
const sealing = () => import("./seal.js");

// What is not delivered yet, in the browser's own database: neither a reload nor a power cut loses it. Words are sealed;
// without IndexedDB or a secure context nothing personal is written, and `add` says so.
class Disk {
  #opened;

  /** The database; rejects where storage is blocked or broken. */
  #open() {
    this.#opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("queue", { autoIncrement: true });
        request.result.createObjectStore("keys");
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(request.error);
    });
    return this.#opened;
  }

  run = async (store, mode, work) => {
    const database = await this.#open();
    // Strict: `complete` comes only after the data has been flushed to the disk.
    const transaction = database.transaction(store, mode, { durability: "strict" });
    const result = work(transaction.objectStore(store));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    return result.result;
  };

  /** Keep *entry*; resolves to its number once it is on the disk, or to undefined where it cannot be kept. */
  async add({ path, body, sealed }) {
    try {
      return await this.run("queue", "readwrite", await this.#putting(path, body, sealed));
    } catch {
      return undefined; // full, blocked, or no way to seal it: the caller says that it is in memory alone
    }
  }

  async #putting(path, body, sealed) {
    const entry = sealed ? { path, sealed: await (await sealing()).seal(this.run, body) } : { path, body };
    return (queue) => queue.add(entry);
  }

  /** Whether number *id* still waits. */
  async has(id) {
    try {
      return (await this.run("queue", "readonly", (queue) => queue.count(id))) > 0;
    } catch {
      return false;
    }
  }

  /** Forget number *id*; with the last one goes the key. */
  async remove(id) {
    try {
      await this.run("queue", "readwrite", (queue) => queue.delete(id));
      if ((await this.run("queue", "readonly", (queue) => queue.count())) === 0) {
        await this.run("keys", "readwrite", (keys) => keys.clear());
      }
    } catch {
      // It is delivered; sent once more after a restart, the server knows its key.
    }
  }

  /** What an earlier page left, oldest first. What cannot be opened any more is dropped. */
  async leftovers() {
    try {
      const ids = await this.run("queue", "readonly", (queue) => queue.getAllKeys());
      const entries = await this.run("queue", "readonly", (queue) => queue.getAll());
      const found = [];
      for (const [index, entry] of entries.entries()) {
        const body = entry.sealed ? await (await sealing()).unseal(this.run, entry.sealed) : entry.body;
        if (body) found.push({ id: ids[index], path: entry.path, body });
        else await this.remove(ids[index]);
      }
      return found;
    } catch {
      return [];
    }
  }
}

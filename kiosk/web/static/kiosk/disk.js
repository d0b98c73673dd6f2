// Keeps what is not delivered yet in the browser's own database, so that neither a reload nor a power cut loses it.
// Comments, complaints and contacts are sealed (AES-GCM) with a key that no script can read out and that is thrown away as
// soon as everything is delivered. Without IndexedDB or a secure context nothing personal is written: `add` says so.

const NAME = "kiosk-feedback";

export class Disk {
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

  async #run(store, mode, work) {
    const database = await this.#open();
    // Strict: `complete` comes only after the data has been flushed to the disk.
    const transaction = database.transaction(store, mode, { durability: "strict" });
    const result = work(transaction.objectStore(store));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    return result.result;
  }

  /** Keep *entry*; resolves to its number once it is on the disk, or to undefined where it cannot be kept. */
  async add({ path, body, sealed }) {
    try {
      return await this.#run("queue", "readwrite", await this.#putting(path, body, sealed));
    } catch {
      return undefined; // full, blocked, or no way to seal it: the caller says that it is in memory alone
    }
  }

  async #putting(path, body, sealed) {
    const entry = sealed ? { path, sealed: await this.#seal(body) } : { path, body };
    return (queue) => queue.add(entry);
  }

  /** Whether number *id* still waits. */
  async has(id) {
    try {
      return (await this.#run("queue", "readonly", (queue) => queue.count(id))) > 0;
    } catch {
      return false;
    }
  }

  /** Forget number *id*; with the last one goes the key. */
  async remove(id) {
    try {
      await this.#run("queue", "readwrite", (queue) => queue.delete(id));
      if ((await this.#run("queue", "readonly", (queue) => queue.count())) === 0) {
        await this.#run("keys", "readwrite", (keys) => keys.clear());
      }
    } catch {
      // It is delivered; sent once more after a restart, the server knows its key.
    }
  }

  /** What an earlier page left, oldest first. What cannot be opened any more is dropped. */
  async leftovers() {
    try {
      const ids = await this.#run("queue", "readonly", (queue) => queue.getAllKeys());
      const entries = await this.#run("queue", "readonly", (queue) => queue.getAll());
      const found = [];
      for (const [index, entry] of entries.entries()) {
        const body = entry.sealed ? await this.#unseal(entry.sealed) : entry.body;
        if (body) found.push({ id: ids[index], path: entry.path, body });
        else await this.remove(ids[index]);
      }
      return found;
    } catch {
      return [];
    }
  }

  async #key() {
    const known = await this.#run("keys", "readonly", (keys) => keys.get("seal"));
    if (known) return known;
    const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    // Another tab may have been faster: whose key is there counts.
    await this.#run("keys", "readwrite", (keys) => {
      const request = keys.get("seal");
      request.onsuccess = () => request.result ?? keys.put(fresh, "seal");
      return request;
    });
    return this.#run("keys", "readonly", (keys) => keys.get("seal"));
  }

  async #seal(body) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = new TextEncoder().encode(JSON.stringify(body));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await this.#key(), data) };
  }

  async #unseal({ iv, data }) {
    try {
      const clear = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await this.#key(), data);
      return JSON.parse(new TextDecoder().decode(clear));
    } catch {
      return undefined;
    }
  }
}

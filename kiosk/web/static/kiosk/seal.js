// Seals what a shopper writes while it waits on the screen's disk: AES-GCM, with a key that no script can read out.
// *run* is the one of disk.js; it reaches the key that lies beside the queue.

async function key(run) {
  const known = await run("keys", "readonly", (keys) => keys.get("seal"));
  if (known) return known;
  const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  // Another tab may have been faster: whose key is there counts.
  await run("keys", "readwrite", (keys) => {
    const request = keys.get("seal");
    request.onsuccess = () => request.result ?? keys.put(fresh, "seal");
    return request;
  });
  return run("keys", "readonly", (keys) => keys.get("seal"));
}

/** *body*, sealed; rejects without a secure context. */
export async function seal(run, body) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = new TextEncoder().encode(JSON.stringify(body));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(run), data) };
}

/** What was sealed; undefined when its key is gone. */
export async function unseal(run, { iv, data }) {
  try {
    const clear = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await key(run), data);
    return JSON.parse(new TextDecoder().decode(clear));
  } catch {
    return undefined;
  }
}

// Shows the kiosk's page when the server is away, so that no shopper ever sees an error page of the browser.
// The server puts VERSION and FILES of the page before this text. Records are never kept here: queue.js has those.

const PAGE = "/feedback";
const CASE = `${PAGE}/case`;
const CACHE = `kiosk-feedback-${VERSION}`;
const PATIENCE_MS = 3000;
// Shown when not even the page is there: it tries again by itself.
const WAITING =
  '<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta http-equiv="refresh" content="3"><title>…</title>' +
  '<h1 style="font:2rem sans-serif;text-align:center;margin-top:40vh">请稍候 · One moment, please</h1>';

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([...FILES, PAGE])));
});

self.addEventListener("activate", (event) => {
  const old = async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(old());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(page(request));
  else if (request.mode === "navigate" && pathname === CASE)
    event.respondWith(fetch(request).catch(() => Response.redirect(PAGE)));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request));
});

async function page(request) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.ok) {
      await cache.put(request.url, response.clone());
      return response;
    }
  } catch {
    // away, or too slow: what was kept is shown
  }
  const kept = (await cache.match(request.url)) ?? (new URL(request.url).search ? undefined : await cache.match(PAGE));
  return kept ?? new Response(WAITING, { headers: { "Content-Type": "text/html; charset=utf-8" } });
}

// Their addresses hold a hash of what is in them: what was once fetched never changes.
async function file(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request.url);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request.url, response.clone());
  return response;
}

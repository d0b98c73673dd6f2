// Keeps the page true: one stream of events, fragments fetched anew when something happened, and a banner while the
// connection is lost. After a gap everything is fetched, so that no missed event can leave an old picture standing.
import { fragment } from "./http.js";
import { followScan } from "./scans.js";

const RETRY_MS = 2000;
const SETTLE_MS = 40;

/** Follow the server's events when the page names their address (``data-events`` on its body). */
export function keepFresh(root) {
  const url = root.body.dataset.events;
  if (!url) return;
  const regions = new Regions(root);
  const banner = new Banner(root);
  // Without the place in the stream: a page that comes back later must not follow a scan of long ago.
  const now = url.split("?")[0];
  let source;
  let timer;

  const connect = (from) => {
    let fresh = from === url;
    source = new EventSource(from);
    source.onopen = () => {
      // The first stream begins where the page was rendered. After a break everything is looked at anew.
      if (!fresh) regions.refreshAll();
      fresh = false;
      banner.hide();
      root.documentElement.dataset.following = "yes";
    };
    source.onerror = () => {
      delete root.documentElement.dataset.following;
      banner.show();
      // The browser tries again by itself, unless the server refused; then we do.
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(timer);
        timer = setTimeout(() => stillThere(url).then((yes) => (yes ? connect(now) : location.reload())), RETRY_MS);
      }
    };
    source.addEventListener("resync", () => regions.refreshAll());
    source.addEventListener("scan", (event) => followScan(root, JSON.parse(event.data)));
    for (const name of regions.names) source.addEventListener(name, () => regions.refresh(name));
  };
  connect(url);
  // Unfinished streams hold the old page in memory and the server's place.
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => event.persisted && connect(now));
}

/** Whether the server is away (then we go on trying); false when it is there but does not know us any more. */
async function stillThere(url) {
  try {
    const answer = await fetch(url, { method: "HEAD", credentials: "same-origin" });
    return answer.status !== 401 && answer.status !== 403;
  } catch {
    return true;
  }
}

/** The parts of a page that are fetched anew: ``data-live`` names events, ``data-from`` the address, ``data-every`` seconds. */
class Regions {
  constructor(root) {
    this.elements = [...root.querySelectorAll("[data-live]")];
    this.names = new Set(this.elements.flatMap((element) => element.dataset.live.split(" ")));
    this.waiting = new Map();
    // Waiting times grow without any event: ``data-every`` seconds.
    for (const element of this.elements) {
      if (element.dataset.every) setInterval(() => this.#soon(element), Number(element.dataset.every) * 1000);
    }
  }

  refresh(name) {
    for (const element of this.elements) {
      if (element.dataset.live.split(" ").includes(name)) this.#soon(element);
    }
  }

  refreshAll() {
    for (const element of this.elements) this.#soon(element);
  }

  // Several events of one commit arrive together: one fetch answers them all.
  #soon(element) {
    clearTimeout(this.waiting.get(element));
    this.waiting.set(
      element,
      setTimeout(() => this.#fetch(element), SETTLE_MS),
    );
  }

  async #fetch(element) {
    let html;
    try {
      html = await fragment(element.dataset.from);
    } catch {
      return; // the connection is lost: the banner says so, and reconnecting fetches everything
    }
    if (html === null) {
      location.reload();
      return;
    }
    const next = document.createElement("template");
    next.innerHTML = html;
    if (same(element, next)) return;
    const focus = document.activeElement?.id;
    const scroll = [...element.querySelectorAll("[data-keep-scroll]")].map((part) => part.scrollTop);
    element.replaceChildren(next.content);
    [...element.querySelectorAll("[data-keep-scroll]")].forEach((part, index) => {
      part.scrollTop = scroll[index] ?? 0;
    });
    if (focus) document.getElementById(focus)?.focus();
  }
}

// Keys and tokens differ with every rendering; they alone are no reason to disturb a person who is about to tap.
function same(element, next) {
  const plain = (root) => root.innerHTML.replace(/(name="(?:idempotency_key|csrf_token)" value=")[^"]*/g, "$1");
  return !element.querySelector("form[data-sent]") && plain(element).trim() === plain(next).trim();
}

class Banner {
  constructor(root) {
    this.element = root.getElementById("offline");
  }

  // A short interruption (the server restarts, a page is left) is not worth a red bar.
  show() {
    this.timer ??= setTimeout(() => {
      this.element.hidden = false;
    }, 1000);
  }

  hide() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.element.hidden = true;
  }
}

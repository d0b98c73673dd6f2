// Where the keyboard stands: at the bottom edge, in the page's own layout where that has a place for it, else with the
// page made shorter by its height, so that it never lies over the field that is written into.

const ROOM = 12; // pixels that stay between the field and the keyboard

/** Keep room for *host* below *field*; returns the function that ends it. */
export function keepRoom(host, field) {
  const root = document.documentElement;
  if (!standsAtTheBottom(host)) {
    host.classList.add("osk-host");
    root.classList.add("osk-open");
  }
  const settle = () => {
    root.style.setProperty("--osk-height", `${host.offsetHeight}px`);
    bringIntoView(field, host.getBoundingClientRect().top - ROOM);
  };
  const watch = new ResizeObserver(settle);
  watch.observe(host);
  watch.observe(field);
  window.addEventListener("resize", settle);
  field.addEventListener("input", settle);
  settle();
  return () => {
    watch.disconnect();
    window.removeEventListener("resize", settle);
    field.removeEventListener("input", settle);
    root.classList.remove("osk-open");
    host.classList.remove("osk-host");
    root.style.removeProperty("--osk-height");
  };
}

function standsAtTheBottom(host) {
  const lowest = document.documentElement.scrollHeight;
  return Math.abs(host.getBoundingClientRect().bottom - innerHeight) <= 1 && lowest <= innerHeight + 1;
}

// Scrolls whatever can be scrolled around the field, the innermost first, until its lower edge is above *limit*.
function bringIntoView(field, limit) {
  for (let box = field.parentElement; box; box = box.parentElement) {
    const { top, bottom } = field.getBoundingClientRect();
    const by = top < 0 && bottom < limit ? Math.max(top - ROOM, bottom - limit) : bottom - limit;
    // At once, whatever the page's style says: a key may be tapped in the same moment.
    if (by > 0 || top < 0) box.scrollBy({ top: by, behavior: "instant" });
  }
}

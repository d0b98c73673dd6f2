// Where the keyboard stands: at the bottom edge, with the page made shorter by its height, so that it never lies over
// the field that is written into.

const ROOM = 12; // pixels that stay between the field and the keyboard

/** Keep room for *host* below *field*; returns the function that ends it. */
export function keepRoom(host, field) {
  const root = document.documentElement;
  const settle = () => {
    root.style.setProperty("--osk-height", `${host.offsetHeight}px`);
    bringIntoView(field, host.getBoundingClientRect().top - ROOM);
  };
  const watch = new ResizeObserver(settle);
  watch.observe(host);
  watch.observe(field);
  window.addEventListener("resize", settle);
  field.addEventListener("input", settle);
  root.classList.add("osk-open");
  settle();
  return () => {
    watch.disconnect();
    window.removeEventListener("resize", settle);
    field.removeEventListener("input", settle);
    root.classList.remove("osk-open");
    root.style.removeProperty("--osk-height");
  };
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

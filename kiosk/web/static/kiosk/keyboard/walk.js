// Operation without touch: the arrow keys walk over the keys of the keyboard, Enter presses, up from the top row leads
// back into the field.

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Let arrow keys walk in *host*, into it from *field* and back. Escape calls *leave*; what else is typed on a real keypad
 * meanwhile goes to *press*. Returns the function that ends it.
 */
export function walkByKeys(host, field, { leave, press }) {
  const inField = (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      halt(event);
      leave();
    } else if (event.key === "ArrowDown") {
      halt(event);
      first(host)?.focus();
    }
  };
  const inHost = (event) => {
    if (event.key === "Escape") {
      halt(event);
      leave();
      return;
    }
    if (event.key === "Backspace" || (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.altKey)) {
      halt(event);
      press(event.key === "Backspace" ? "{bksp}" : event.key);
      return;
    }
    const step = STEPS[event.key];
    if (!step) return;
    halt(event);
    const next = nearest(host, event.target, step);
    if (next) next.focus();
    else if (event.key === "ArrowUp") field.focus();
  };
  field.addEventListener("keydown", inField, true);
  host.addEventListener("keydown", inHost, true);
  return () => {
    field.removeEventListener("keydown", inField, true);
    host.removeEventListener("keydown", inHost, true);
  };
}

/** The keys that can be pressed now. */
export function keysOf(host) {
  return [...host.querySelectorAll("button:not(:disabled)")].filter((key) => key.checkVisibility());
}

function first(host) {
  return host.querySelector(".osk__word") ?? keysOf(host)[0];
}

// The key whose middle is nearest in that direction; sideways distance counts twice within a row's height.
function nearest(host, from, [dx, dy]) {
  const here = middle(from);
  let best;
  let least = Number.POSITIVE_INFINITY;
  for (const key of keysOf(host)) {
    if (key === from) continue;
    const there = middle(key);
    const x = there.x - here.x;
    const y = there.y - here.y;
    const ahead = dx ? x * dx : y * dy;
    const aside = Math.abs(dx ? y : x);
    if (ahead < 8 || (dx && aside > here.height / 2)) continue;
    const distance = ahead * (dx ? 1 : 3) + aside;
    if (distance < least) {
      least = distance;
      best = key;
    }
  }
  return best;
}

function middle(key) {
  const box = key.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2, height: box.height };
}

function halt(event) {
  event.preventDefault();
  event.stopPropagation();
}

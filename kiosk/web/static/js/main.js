// Brings every page to life: each module looks for its own data attributes and leaves the rest alone.
// Pages work without any of it; only live pictures, scans and the number pads need it.
import { countDown } from "./countdown.js";
import { guardForms } from "./forms.js";
import { watchIdle } from "./idle.js";
import { openPads } from "./keypad.js";
import { keepFresh } from "./live.js";
import { offerPrinting } from "./printing.js";
import { refuseBursts } from "./scans.js";
import { lookThrough } from "./viewfinder.js";

document.documentElement.classList.add("js");
guardForms(document);
openPads(document);
countDown(document);
offerPrinting(document);
refuseBursts(document);
watchIdle(document);
lookThrough(document);
keepFresh(document);

// Asks the table about goods while one tries it out: the answer comes with every change, and its row is marked.
// Without this module the button of the form does the same for one question.
import { post } from "./http.js";

const SETTLE_MS = 150;

for (const tryout of document.querySelectorAll("[data-try]")) follow(tryout);

function follow(tryout) {
  const form = tryout.closest("form");
  const place = tryout.querySelector("[data-verdict]");
  let timer;
  let asked = 0;

  const ask = async () => {
    asked += 1;
    const mine = asked;
    let answer;
    try {
      answer = await post(tryout.dataset.try, Object.fromEntries(new FormData(form)));
    } catch {
      return; // the connection is lost: the banner says so
    }
    // Somebody has logged out here meanwhile, or a later question is under way.
    if (answer.redirected || mine !== asked) return;
    place.innerHTML = await answer.text();
    mark(place.querySelector("[data-row]")?.dataset.row ?? "");
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, SETTLE_MS);
  };
  tryout.addEventListener("input", soon);
  tryout.addEventListener("change", soon);
  tryout.addEventListener("toggle", () => tryout.open && place.childElementCount === 0 && soon());
  // The button asks at once, and the page stays where it is.
  tryout.querySelector("button[data-again]").addEventListener("click", (event) => {
    event.preventDefault();
    ask();
  });
}

function mark(row) {
  for (const one of document.querySelectorAll("[data-place]")) {
    one.toggleAttribute("data-decides", one.dataset.place === row);
  }
}

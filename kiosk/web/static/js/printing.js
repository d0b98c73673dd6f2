// A button that prints its page: the desk's touchscreens have no keyboard for the browser's own way.
export function offerPrinting(root) {
  for (const button of root.querySelectorAll("[data-print]")) {
    button.addEventListener("click", () => window.print());
  }
}

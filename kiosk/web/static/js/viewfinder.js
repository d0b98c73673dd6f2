// Shows what a camera sees while its page is open: begins when the page stands, ends when it is left or nobody looks any more.

/** Bring the ``[data-viewfinder]`` (address of the pictures) of *root* to life. */
export function lookThrough(root) {
  const finder = root.querySelector("[data-viewfinder]");
  if (!finder) return;
  const picture = finder.querySelector("[data-viewfinder-picture]");
  const again = finder.querySelector("[data-viewfinder-again]");
  let timer;

  const end = () => {
    clearTimeout(timer);
    // An image without an address ends its request; the camera then makes no more pictures.
    picture.removeAttribute("src");
    again.hidden = false;
  };
  const begin = () => {
    again.hidden = true;
    picture.src = `${finder.dataset.viewfinder}?${Date.now()}`;
    timer = setTimeout(end, Number(finder.dataset.longestS) * 1000);
  };
  // Whoever aims wants to see that it reads, not to be led to what the code is.
  root.addEventListener("kiosk:scan", (event) => {
    if (event.detail.device !== finder.dataset.camera) return;
    event.preventDefault();
    finder.querySelector("[data-viewfinder-read]").textContent =
      `${event.detail.symbology ?? ""} ${event.detail.text_masked}`.trim();
  });
  picture.addEventListener("error", end);
  again.addEventListener("click", begin);
  window.addEventListener("pagehide", end);
  // A picture that never ends would keep the page loading.
  if (root.readyState === "complete") begin();
  else window.addEventListener("load", begin, { once: true });
}

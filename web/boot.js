// Starts the page. A file of its own, because the Content-Security-Policy forbids inline scripts.
const { script, wasm } = document.currentScript.dataset;

// The chosen theme is set before the first paint of the page; nothing else is ever stored.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage can be forbidden; then the system's theme stands.
}

const address = (path) => new URL(path, document.baseURI).href;

// Two of the doors are loaded when one of them is opened, by the page's version: an older one would not fit.
const door = () => location.hash.includes("door=") && import(address(`doors.js?${wasm}`));
addEventListener("hashchange", door);
door();

import(address(script))
  .then((page) => page.default({ module_or_path: address(wasm) }))
  .catch(() => {
    const note = document.createElement("p");
    note.textContent = "This browser could not start the page: it needs WebAssembly. Try a newer browser.";
    document.querySelector("main").append(note);
  });

// Starts the page. A file of its own, because the Content-Security-Policy forbids inline scripts.

// The chosen theme is set before the first paint of the page; nothing else is ever stored.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage can be forbidden; then the system's theme stands.
}

// The build names its files in the head, with their checksums; the browser holds the script to its own.
const script = document.querySelector("link[rel=modulepreload]");
const wasm = document.querySelector("link[rel=preload][as=fetch]");

// Two of the doors are loaded when one of them is opened, from a folder of this build's own: a server that has a newer
// build has it no more.
const doors = new URL(document.querySelector("meta[name=doors]").content, document.baseURI).href;
const gone = Object.assign(document.createElement("p"), {
  role: "alert",
  textContent: "There is a newer version of this page: load it again.",
});
const door = () => location.hash.includes("door=") && import(doors).catch(() => document.body.append(gone));
addEventListener("hashchange", door);
door();

import(script.href)
  .then((page) => page.default({ module_or_path: fetch(wasm.href, { integrity: wasm.integrity }) }))
  .catch(() => {
    const note = document.createElement("p");
    note.textContent = "This browser could not start the page: it needs WebAssembly. Try a newer browser.";
    document.querySelector("main").append(note);
  });

// Keeps the page's own files for the time without a network. Where that is forbidden, the page works all the same.
addEventListener("load", () => navigator.serviceWorker?.register("offline.js").catch(() => {}));

// Starts the page. A file of its own, because the Content-Security-Policy forbids inline scripts. It runs before
// anything is painted, and after what the live page needs was asked for.

const root = document.documentElement;

// The chosen theme; nothing else is ever stored.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
} catch {
  // Storage can be forbidden; then the system's theme stands.
}

// The page comes with the result for the default answers. What a link says instead is not covered up by it.
const linked = !/^(#v=\d+)?$/.test(location.hash);
root.toggleAttribute("data-linked", linked);

addEventListener("DOMContentLoaded", () => {
  // The build names its files in the head, with their checksums; the browser holds the script to its own.
  const script = document.querySelector("link[rel=modulepreload]");
  const wasm = document.querySelector("link[rel=preload][type='application/wasm']");

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

  // The live page is drawn out of sight. When it says all that the first one says, it takes its place in one frame.
  const [first, live] = ["first", "app"].map((id) => document.getElementById(id));
  new MutationObserver((_, drawn) => {
    if (!linked && live.querySelector(".waiting")) return;
    drawn.disconnect();
    takeOver(first, live);
    // Keeps the page's own files for the time without a network. Where that is forbidden, the page works all the same.
    navigator.serviceWorker?.register("offline.js").catch(() => {});
  }).observe(live, { childList: true, subtree: true, attributeFilter: ["class"] });

  import(script.href)
    .then((page) => page.default({ module_or_path: fetch(wasm.href, { integrity: wasm.integrity }) }))
    .catch(() => {
      root.removeAttribute("data-linked");
      const note = document.createElement("p");
      note.className = "notice";
      note.textContent =
        "This browser could not start the page: it needs WebAssembly. What you see is the result for the default answers.";
      first.before(note);
    });
});

/** Shows the live page in place of the first, with the answers, folds, focus and places that a quick reader left. */
function takeOver(first, live) {
  const pairs = (what) => {
    const twins = live.querySelectorAll(what);
    return [...first.querySelectorAll(what)].map((was, i) => [was, twins[i]]);
  };
  const held = document.activeElement;
  const focus = first.contains(held) && pairs(held.localName).find(([was]) => was === held)?.[1];
  const moved = linked ? [] : pairs("form, pre, .scroll, .tabs").map(([was, is]) => [is, was.scrollTop, was.scrollLeft]);
  if (!linked) {
    for (const [was, is] of pairs("details")) {
      if (is.open !== was.open) is.open = was.open;
    }
    for (const [was, is] of pairs("form [name]")) {
      if (was.type === "radio" ? !was.checked || is.checked : was.value === is.value) continue;
      if (was.type === "radio") is.checked = true;
      else is.value = was.value;
      is.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  live.hidden = false;
  first.remove();
  root.removeAttribute("data-linked");
  for (const [is, top, left] of moved) is.scrollTo({ top, left, behavior: "instant" });
  if (focus) focus.focus({ preventScroll: true });
}

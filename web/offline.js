// Answers for the server while it can't be reached. `cargo xtask site` puts in which files belong to this build.
const CACHE = "holdfast-BUILD";
const FILES = [];

self.addEventListener("install", (event) => {
  const kept = caches.open(CACHE).then((cache) => cache.addAll(FILES));
  event.waitUntil(kept.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => names.filter((name) => name.startsWith("holdfast-") && name !== CACHE));
  event.waitUntil(old.then((names) => Promise.all(names.map((name) => caches.delete(name)))).then(() => clients.claim()));
});

// The server first, so that a new build is seen at once. An address is looked up without what stands behind `?` and
// `#`, and nothing is added to what was kept at the start.
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== location.origin) return;
  const kept = () => caches.match(event.request, { cacheName: CACHE, ignoreSearch: true, ignoreVary: true });
  event.respondWith(fetch(event.request).catch(async (error) => (await kept()) ?? Promise.reject(error)));
});

// Runs the engines of two doors off the main thread. `doors.js` starts it and says what to judge.

const engine = import("./holdfast-worker.js").then(async (engine) => {
  await engine.default();
  postMessage({ clients: engine.clients() });
  return engine;
});
engine.catch(() => postMessage({ failed: "The part that judges could not be loaded. Try again." }));

let shown;

const progress = (done, total) => postMessage({ done, total });

onmessage = async ({ data: { judge, files, link } }) => {
  const { audit, diagnose } = await engine;
  try {
    if (judge) shown = { audit, diagnose }[judge](files, link, progress);
    // Without anything to judge, the next page of what was judged last.
    postMessage(judge ? { said: shown.said, html: shown.html, pages: shown.pages } : { html: shown.more(), pages: shown.pages });
  } catch {
    postMessage({ failed: "This could not be judged: there is more of it than the browser has room for." });
  }
};

// A static server for the tests: files of one folder, below any path, on 127.0.0.1 only.

import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { brotliCompressSync } from "node:zlib";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/**
 * Serves `root` below `prefix` ("/" or "/some/where/"); gives the address and a way to stop. Brotli as the hosts that
 * people use have it is only for measurements: it takes its time, once for each file.
 */
export async function serve(root, prefix, { brotli = false } = {}) {
  const packed = new Map();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = join(root, normalize(pathname.slice(prefix.length - 1)), pathname.endsWith("/") ? "index.html" : "");
    const inside = pathname.startsWith(prefix) && file.startsWith(root + sep);
    if (!inside || !(await stat(file).catch(() => null))?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    if (brotli) {
      if (!packed.has(file)) packed.set(file, brotliCompressSync(await readFile(file)));
      response.writeHead(200, { "content-type": type, "content-encoding": "br" }).end(packed.get(file));
    } else {
      response.writeHead(200, { "content-type": type });
      createReadStream(file).pipe(response);
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const address = `http://127.0.0.1:${server.address().port}${prefix}`;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address, stop };
}

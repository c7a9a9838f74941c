// Serves the demos with the headers that threads need.
// usage: node demos/serve.mjs [--port 8080] [--models FOLDER]... [--peers NODE_MODULES]
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { homedir } from 'node:os';
import { dirname, extname, join, normalize, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cache = process.env.WEDGE_CACHE ?? join(homedir(), '.cache/wedge');

const types = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8', '.wasm': 'application/wasm', '.json': 'application/json', '.png': 'image/png',
  '.ogg': 'audio/ogg', '.wav': 'audio/wav', '.txt': 'text/plain; charset=utf-8', '.svg': 'image/svg+xml',
};
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' blob: data:; worker-src 'self' blob:",
  'Cache-Control': 'no-cache',
};

/** Which folders a path is looked for in. */
function foldersOf({ models = [], peers = [] }) {
  const modules = [...peers, join(cache, 'peers/node_modules'), join(repository, 'bindings/web/node_modules')];
  return {
    '/wedge/': [join(repository, 'bindings/web/dist')],
    '/models/': [...models, join(repository, 'models'), join(cache, 'models')],
    '/pictures/': [join(repository, 'demos/ocr')],
    '/peer/': modules.map((folder) => join(folder, 'onnxruntime-web/dist')),
    '/modules/': modules,
    '/bench/': [join(repository, 'demos/web/bench'), join(repository, 'bench')],
    '/': [join(repository, 'demos/web')],
  };
}

function find(folders, pathname) {
  const prefix = Object.keys(folders).find((start) => pathname.startsWith(start));
  const inside = normalize(`/${pathname.slice(prefix.length)}`);
  for (const folder of folders[prefix]) {
    const file = join(folder, inside);
    if (!existsSync(file)) continue;
    if (!statSync(file).isDirectory()) return file;
    if (existsSync(join(file, 'index.html'))) return join(file, 'index.html');
  }
  return undefined;
}

export async function serve({ port = 0, host = '127.0.0.1', ...options } = {}) {
  const folders = foldersOf(options);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = find(folders, decodeURIComponent(pathname));
    if (file === undefined) return void response.writeHead(404, headers).end();
    if (file.endsWith('index.html') && !pathname.endsWith('/') && !pathname.endsWith('.html')) {
      return void response.writeHead(301, { ...headers, Location: `${pathname}/` }).end();
    }
    response.writeHead(200, { ...headers, 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Content-Length': statSync(file).size });
    if (request.method === 'HEAD') return void response.end();
    createReadStream(file).pipe(response);
  });
  await new Promise((listening) => server.listen(port, host, listening));
  return {
    origin: `http://localhost:${server.address().port}`,
    close: () => new Promise((closed) => {
      server.closeAllConnections?.();
      server.close(closed);
    }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8080' },
      host: { type: 'string', default: '127.0.0.1' },
      models: { type: 'string', multiple: true },
      peers: { type: 'string', multiple: true },
    },
  });
  const { origin } = await serve({ ...values, port: Number(values.port) });
  console.log(`The demos are at ${origin}/`);
}

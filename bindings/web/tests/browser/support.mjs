// A server for pages and a browser to open them in.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { dist, packageFolder, repository } from '../support.mjs';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css', '.json': 'application/json' };
export const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin' };
export const strictPolicy = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; object-src 'self'",
};

const folders = { '/dist/': dist, '/models/': join(repository, 'models'), '/pages/': join(packageFolder, 'tests/browser/pages') };

/** Serves the package, the models, the pages and `more` folders; pages under /isolated/ and /strict/ are the same with other headers. */
export async function serve(more = {}) {
  const all = { ...folders, ...more };
  const server = createServer((request, response) => {
    let { pathname } = new URL(request.url, 'http://localhost');
    let headers = {};
    for (const [prefix, extra] of [['/isolated/', isolation], ['/strict/', strictPolicy]]) {
      if (pathname.startsWith(prefix)) [pathname, headers] = [pathname.slice(prefix.length - 1), extra];
    }
    if (pathname === '/endless') {
      response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
      response.write(readFileSync(join(repository, 'models/mnist.onnx')).subarray(0, 1000));
      return;
    }
    const prefix = Object.keys(all).find((folder) => pathname.startsWith(folder));
    const file = prefix && join(all[prefix], normalize(pathname.slice(prefix.length)));
    if (!file || !existsSync(file)) {
      if (pathname.endsWith('/blank.html')) return void response.writeHead(200, { 'Content-Type': 'text/html', ...headers }).end('<!doctype html>');
      return void response.writeHead(404).end();
    }
    response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Service-Worker-Allowed': '/', ...headers });
    response.end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    origin: `http://localhost:${port}`,
    close: () => new Promise((resolve) => {
      server.closeAllConnections?.();
      server.close(resolve);
    }),
  };
}

const program = process.env.WEDGE_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Why there are no tests in a browser, or undefined. */
export const withoutBrowser = program === undefined ? 'there is no Chromium'
  : Number(process.versions.node.split('.')[0]) < 20 ? 'playwright-core needs Node 20' : undefined;

export async function launch(...more) {
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: program,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', ...more],
  });
}

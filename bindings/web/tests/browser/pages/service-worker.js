import { runMnist } from './run.js';

addEventListener('install', () => skipWaiting());
addEventListener('message', (event) => {
  event.waitUntil(runMnist(event.data).then((result) => event.ports[0].postMessage(result), (error) => event.ports[0].postMessage({ error: String(error) })));
});

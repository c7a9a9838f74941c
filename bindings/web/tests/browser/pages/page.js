import * as wedge from '../dist/index.js';
import * as ort from '../dist/ort.js';
import { runMnist } from './run.js';

globalThis.wedge = wedge;
globalThis.ort = ort;
globalThis.runMnist = runMnist;
globalThis.violations = [];
addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`));

/** How many threads came while something was done. */
globalThis.threadsOf = async (use) => {
  let count = 0;
  const { Worker } = globalThis;
  globalThis.Worker = class extends Worker {
    constructor(...parameters) {
      super(...parameters);
      this.addEventListener('message', () => ++count);
    }
  };
  try {
    await use();
    return count;
  } finally {
    globalThis.Worker = Worker;
  }
};

globalThis.inWorker = (options) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    worker.postMessage(options);
  });

globalThis.inServiceWorker = async (options) => {
  const registration = await navigator.serviceWorker.register(new URL('./service-worker.js', import.meta.url), { type: 'module' });
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage(options, [port2]);
  });
};
globalThis.ready = true;

// The program of a worker that runs a session for a page (or, in Node, for another thread).
import type { Reply, Request } from './messages.js';
import { node } from './platform.js';
import { serve } from './serve.js';

export function startWorker(): void {
  const port = node()?.threads.parentPort;
  if (port) {
    const answer = serve((message: Reply, transfer) => port.postMessage(message, transfer as never));
    port.on('message', (request: Request) => answer(request));
  } else {
    const answer = serve((message, transfer) => postMessage(message, { transfer: transfer as Transferable[] }));
    addEventListener('message', (event: MessageEvent<Request>) => answer(event.data));
  }
}

import { nodePort, portOf, type Port } from './platform.js';

/** What a thread is told: the engine, its memory, and which parts of that memory are the thread's own. */
export interface ThreadMessage {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly stackEnd: number;
  readonly locals: number;
  /** 1, 2 and on; the thread that runs sessions is 0. */
  readonly index: number;
}

/** What the builds with threads export besides wedge.h. */
export interface ThreadExports {
  readonly __stack_pointer: WebAssembly.Global;
  readonly __tls_size: WebAssembly.Global;
  __wasm_init_tls(block: number): void;
  /** Works for the runs of others. */
  wedge_worker_run(index: number): void;
}

const stackBytes = 1 << 20;

/** Threads that help with runs. */
export interface Threads {
  readonly ports: readonly Port[];
  /** Done once all are there, or cannot be. A run does without those that are late. */
  readonly arrival: Promise<unknown>;
}

/** Starts so many of them, each with a stack and variables of its own. */
export function startThreads(module: WebAssembly.Module, memory: WebAssembly.Memory, exports: ThreadExports, count: number,
                             allocate: (bytes: number) => number): Threads {
  const arrivals: Promise<void>[] = [];
  const ports = Array.from({ length: count }, (_, i) => {
    const port = nodePort('thread') ??
      portOf(new Worker(new URL('./thread.js', import.meta.url), { type: 'module' }));
    arrivals.push(new Promise((resolve) => {
      port.onMessage(resolve);
      port.onError((error) => {
        console.error(`wedge: a thread could not be started: ${error.message}`);
        resolve();
      });
    }));
    const locals = allocate(Math.max(exports.__tls_size.value as number, 64));
    const stackEnd = allocate(stackBytes) + stackBytes;
    port.post({ module, memory, locals, stackEnd, index: i + 1 } satisfies ThreadMessage);
    return port;
  });
  return { ports, arrival: Promise.all(arrivals) };
}

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

/** Starts threads that help with runs. They need not be there before the first one: a run does without those that are late. */
export function startThreads(module: WebAssembly.Module, memory: WebAssembly.Memory, exports: ThreadExports, count: number,
                             allocate: (bytes: number) => number): Port[] {
  return Array.from({ length: count }, (_, i) => {
    const port = nodePort('thread') ??
      portOf(new Worker(new URL('./thread.js', import.meta.url), { type: 'module' }));
    port.onError((error) => console.error(`wedge: a thread could not be started: ${error.message}`));
    const locals = allocate(Math.max(exports.__tls_size.value as number, 64));
    const stackEnd = allocate(stackBytes) + stackBytes;
    port.post({ module, memory, locals, stackEnd, index: i + 1 } satisfies ThreadMessage);
    return port;
  });
}

// The program of a thread of the engine: it enters the module, on the memory of all, and stays there.
import { node } from './platform.js';
import type { ThreadExports, ThreadMessage } from './threads.js';
import { wasiImports } from './wasi.js';

function run({ module, memory, locals, stackEnd, index }: ThreadMessage, arrived: () => void): void {
  const imports: WebAssembly.Imports = { wasi_snapshot_preview1: wasiImports(module, () => memory) };
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind === 'memory') imports[from] = { ...imports[from], [name]: memory };
  }
  const exports = new WebAssembly.Instance(module, imports).exports as unknown as ThreadExports;
  exports.__stack_pointer.value = stackEnd;
  exports.__wasm_init_tls(locals);
  arrived();
  exports.wedge_worker_run(index);
}

export function startThread(): void {
  const port = node()?.threads.parentPort;
  const arrived = () => (port ?? (globalThis as unknown as Pick<MessagePort, 'postMessage'>)).postMessage(true);
  if (port) port.once('message', (message: ThreadMessage) => run(message, arrived));
  else addEventListener('message', (event: MessageEvent<ThreadMessage>) => run(event.data, arrived), { once: true });
}

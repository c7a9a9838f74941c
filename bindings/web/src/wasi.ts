// The little of WASI that the engine may ask for: a clock, random bytes, and a place for last words. There are no files.

const success = 0;
const badDescriptor = 8;
const notSupported = 52;

type Function = (...parameters: any[]) => number;

export function wasiImports(module: WebAssembly.Module, memory: () => WebAssembly.Memory): WebAssembly.ModuleImports {
  const view = () => new DataView(memory().buffer);
  const known: Record<string, Function> = {
    clock_time_get: (_clock: number, _precision: bigint, result: number) => {
      view().setBigUint64(result, BigInt(Math.round(performance.now() * 1e6)), true);
      return success;
    },
    random_get: (start: number, count: number) => {
      // Not into shared memory itself, which getRandomValues refuses.
      new Uint8Array(memory().buffer, start, count).set(crypto.getRandomValues(new Uint8Array(count)));
      return success;
    },
    fd_write: (_file: number, pieces: number, count: number, written: number) => {
      let text = '';
      let bytes = 0;
      for (let i = 0; i < count; ++i) {
        const start = view().getUint32(pieces + 8 * i, true);
        const length = view().getUint32(pieces + 8 * i + 4, true);
        text += new TextDecoder().decode(new Uint8Array(memory().buffer, start, length).slice());
        bytes += length;
      }
      console.error(text.trimEnd());
      view().setUint32(written, bytes, true);
      return success;
    },
    proc_exit: (status: number) => {
      throw new Error(`the engine ended itself with status ${status}`);
    },
    environ_sizes_get: (count: number, size: number) => {
      view().setUint32(count, 0, true);
      view().setUint32(size, 0, true);
      return success;
    },
    environ_get: () => success,
    sched_yield: () => success,
    fd_prestat_get: () => badDescriptor,
  };
  const imports: WebAssembly.ModuleImports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from === 'wasi_snapshot_preview1') imports[name] = known[name] ?? (() => notSupported);
  }
  return imports;
}

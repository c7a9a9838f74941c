// All of WASI that the engine asks for: a clock.

const success = 0;
const notSupported = 52;

export function wasiImports(module: WebAssembly.Module, memory: () => WebAssembly.Memory): WebAssembly.ModuleImports {
  const clock = (_clock: number, _precision: bigint, result: number): number => {
    new DataView(memory().buffer).setBigUint64(result, BigInt(Math.round(performance.now() * 1e6)), true);
    return success;
  };
  const imports: WebAssembly.ModuleImports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from === 'wasi_snapshot_preview1') imports[name] = name === 'clock_time_get' ? clock : () => notSupported;
  }
  return imports;
}

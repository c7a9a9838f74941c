import { WedgeError } from './errors.js';
import { features } from './features.js';
import { filePath, node } from './platform.js';

export type Variant = 'simd' | 'relaxed' | 'simd-threads' | 'relaxed-threads';
/** The engine itself: compiled, as bytes, as a response that brings it, or where it lies. */
export type WasmSource = WebAssembly.Module | BufferSource | Response | PromiseLike<Response> | URL | string;

// Written out, so that bundlers see which files belong to the program.
const locations: Record<Variant, () => URL> = {
  simd: () => new URL('./wedge-simd.wasm', import.meta.url),
  relaxed: () => new URL('./wedge-relaxed.wasm', import.meta.url),
  'simd-threads': () => new URL('./wedge-simd-threads.wasm', import.meta.url),
  'relaxed-threads': () => new URL('./wedge-relaxed-threads.wasm', import.meta.url),
};

/** Builds that turned out not to lie where they should: a site may leave out all but one. */
const absent = new Set<Variant>();

/** The best build for this machine, and the one to fall back on. */
function variants(threads: boolean): Variant[] {
  const { simd, relaxed } = features();
  if (!simd) throw new WedgeError('UNSUPPORTED', 'this WebAssembly has no SIMD; browsers have it since 2021 to 2023');
  const suffix = threads ? '-threads' : '';
  return relaxed ? [`relaxed${suffix}`, `simd${suffix}`] : [`simd${suffix}`];
}

/** The best build that is there. */
export async function loadBest(threads: boolean): Promise<{ variant: Variant; module: WebAssembly.Module }> {
  const candidates = variants(threads);
  for (const variant of candidates.filter((name) => !absent.has(name))) {
    try {
      return { variant, module: await loadModule(undefined, variant) };
    } catch (error) {
      if (variant === candidates.at(-1) || !(error instanceof WedgeError) || error.code !== 'NOT_FOUND') throw error;
      absent.add(variant);
    }
  }
  throw new WedgeError('NOT_FOUND', 'there is no build of the engine for this machine');
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new WedgeError('NOT_FOUND', `${response.url}: ${response.status} ${response.statusText}`);
  // Some servers name no type, or a wrong one.
  const streams = response.headers.get('Content-Type')?.startsWith('application/wasm') && 'compileStreaming' in WebAssembly;
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  if (typeof source === 'string' || source instanceof URL) {
    const path = filePath(source);
    // Node compiles lazily, so that doing it at once costs less than waiting for another thread.
    if (path !== undefined) return new WebAssembly.Module(node()!.fs.readFileSync(path) as Uint8Array<ArrayBuffer>);
    return compileResponse(await fetch(source));
  }
  return compileResponse(await source);
}

const compiled = new Map<unknown, Promise<WebAssembly.Module>>();

/** The module, compiled once. What failed may be tried again. */
export function loadModule(source: WasmSource | undefined, variant: Variant): Promise<WebAssembly.Module> {
  const key = source ?? variant;
  let module = compiled.get(key);
  if (module === undefined) {
    module = compile(source ?? locations[variant]()).catch((cause: unknown) => {
      compiled.delete(key);
      if (cause instanceof WedgeError) throw cause;
      const missing = (cause as { code?: string }).code === 'ENOENT';
      const where = typeof source === 'string' || source instanceof URL ? ` from ${source}` : source === undefined ? ` from ${locations[variant]()}` : '';
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WedgeError(missing ? 'NOT_FOUND' : 'IO', `the engine could not be loaded${where}: ${reason}`, {}, { cause });
    });
    compiled.set(key, module);
  }
  return module;
}

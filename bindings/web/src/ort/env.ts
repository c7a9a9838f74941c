import { coreCount, mayHaveThreads } from '../platform.js';
import type { SessionOptions } from '../session.js';

/** The settings of onnxruntime-web. What does not apply here is accepted and has no effect. */
export interface Env {
  logLevel?: 'verbose' | 'info' | 'warning' | 'error' | 'fatal';
  debug?: boolean;
  trace?: boolean;
  readonly versions: { readonly common: string; readonly web?: string; readonly node?: string; readonly 'react-native'?: string };
  readonly wasm: {
    /** How many threads a run may use. Unless said, or 0: half of the cores, at most 4, where a page or worker is isolated; else 1. */
    numThreads?: number;
    /** 'fixed' or 'relaxed' choose a build. */
    simd?: boolean | 'fixed' | 'relaxed';
    /** true: sessions run in a worker. */
    proxy?: boolean;
    /** The engine itself. */
    wasmBinary?: ArrayBufferLike | Uint8Array;
    /** Where the engine is, if `wasm` names a wedge-….wasm; places of another engine's files are passed over. */
    wasmPaths?: string | { wasm?: URL | string; mjs?: URL | string };
    trace?: boolean;
    initTimeout?: number;
  };
  readonly webgl: any;
  readonly webgpu: any;
  [name: string]: unknown;
}

export const env: Env = { versions: { common: '1.30.0' }, wasm: {}, webgl: {}, webgpu: {}, logLevel: 'warning' };

/** What the settings say about how to load a session. */
export function environmentOptions(): SessionOptions {
  const { numThreads, simd, proxy, wasmBinary, wasmPaths } = env.wasm;
  const place = typeof wasmPaths === 'object' ? wasmPaths.wasm : undefined;
  const ours = place !== undefined && /wedge-[^/]*\.wasm([?#].*)?$/.test(String(place)) ? place : undefined;
  const threads = numThreads || (globalThis.crossOriginIsolated && mayHaveThreads() ? Math.min(4, Math.ceil(coreCount() / 2)) : 1);
  const variant = simd === 'fixed' ? 'simd' : simd === 'relaxed' ? 'relaxed' : undefined;
  return {
    threads,
    ...(proxy === true && { worker: true }),
    ...(variant !== undefined && threads <= 1 && { variant }),
    ...((wasmBinary ?? ours) !== undefined && { wasm: (wasmBinary as BufferSource | undefined) ?? ours }),
  };
}

import { WedgeError, codeOfStatus } from './errors.js';
import { loadBest, loadModule, type Variant, type WasmSource } from './artefact.js';
import { mayHaveThreads, coreCount, node } from './platform.js';
import { startThreads, type ThreadExports, type Threads } from './threads.js';
import { wasiImports } from './wasi.js';

/** The exports of the module: wedge.h, where pointers and handles are numbers. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  wedge_abi_version(): number;
  wedge_version(): number;
  wedge_error_message(): number;
  wedge_error_node(): number;
  wedge_error_operator(): number;
  wedge_error_file(): number;
  wedge_allocate(bytes: number): number;
  wedge_free(memory: number): void;
  wedge_tensor_create(type: number, dims: number, rank: number, tensor: number): number;
  wedge_tensor_create_strings(dims: number, rank: number, characters: number, offsets: number, tensor: number): number;
  wedge_tensor_create_container(type: number, elements: number, count: number, tensor: number): number;
  wedge_tensor_get_info(tensor: number, info: number): number;
  wedge_tensor_get_string(tensor: number, index: number, characters: number, length: number): number;
  wedge_tensor_get_element(tensor: number, index: number, element: number): number;
  wedge_tensor_release(tensor: number): number;
  wedge_session_release(session: number): number;
  wedge_session_input_count(session: number, count: number): number;
  wedge_session_output_count(session: number, count: number): number;
  wedge_session_get_input(session: number, index: number, info: number): number;
  wedge_session_get_output(session: number, index: number, info: number): number;
  wedge_session_metadata_count(session: number, count: number): number;
  wedge_session_get_metadata(session: number, index: number, key: number, value: number): number;
  wedge_session_opset_count(session: number, count: number): number;
  wedge_session_get_opset(session: number, index: number, domain: number, version: number): number;
  wedge_session_get_memory(session: number, memory: number): number;
  wedge_session_trim(session: number, maxBytes: bigint): number;
  wedge_session_profile?(session: number, names: number, inputs: number, count: number, seconds: number, json: number): number;
  wedge_loader_create(options: number, loader: number): number;
  wedge_loader_next(loader: number, wanted: number, memory: number, bytes: number): number;
  wedge_loader_advance(loader: number, bytes: number): number;
  wedge_loader_external_count(loader: number, count: number): number;
  wedge_loader_get_external(loader: number, index: number, location: number): number;
  wedge_loader_begin_external(loader: number, index: number): number;
  wedge_loader_finish(loader: number, session: number): number;
  wedge_loader_release(loader: number): number;
  wedge_binding_create(session: number, binding: number): number;
  wedge_binding_set_input(binding: number, index: number, tensor: number): number;
  wedge_binding_run(binding: number): number;
  wedge_binding_get_output(binding: number, index: number, tensor: number): number;
  wedge_binding_release(binding: number): number;
}

export const abiVersion = 1;

export interface EngineOptions {
  /** The engine's module, where the one beside this package will not do. */
  readonly wasm?: WasmSource | undefined;
  /** Which of the four builds to use; by default the best that this machine has. */
  readonly variant?: Variant | undefined;
  /** How many threads a run may use, the caller's among them. 1 unless said. */
  readonly threads?: number | undefined;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const scratchBytes = 512;

let toldAboutThreads = false;

/** How many threads there can be; says once why there is only one. */
function possibleThreads(wanted: number): number {
  if (wanted <= 1) return 1;
  if (mayHaveThreads()) return Math.min(wanted, coreCount());
  if (!toldAboutThreads) {
    console.warn('wedge: threads need workers, and a page that is cross-origin isolated (COOP and COEP headers); one thread is used.');
    toldAboutThreads = true;
  }
  return 1;
}

/** One instance of the module with a memory of its own: sessions in it share that memory, and it goes when they go. */
export class Engine {
  /** What the module exports. Calls that return a status go through check(). */
  readonly exports: Exports;
  /** 512 bytes for results and short arguments, good until the next call that uses them. */
  readonly scratch: number;
  readonly threads: number;
  readonly variant: string;
  readonly #helpers: Threads | undefined;
  #buffer!: ArrayBufferLike;
  #bytes!: Uint8Array;
  #words!: Int32Array;
  #wide!: BigInt64Array;
  #failure: WedgeError | undefined;

  static async create(options: EngineOptions = {}): Promise<Engine> {
    const count = options.variant?.endsWith('threads') === false ? 1 : possibleThreads(options.threads ?? 1);
    if (options.wasm === undefined && options.variant === undefined) {
      const { module, variant } = await loadBest(count > 1);
      return new Engine(module, count, variant);
    }
    const variant = options.variant ?? (count > 1 ? 'simd-threads' : 'simd');
    return new Engine(await loadModule(options.wasm, variant), count, variant);
  }

  private constructor(module: WebAssembly.Module, threads: number, variant: string) {
    const shared = WebAssembly.Module.imports(module).find(({ kind }) => kind === 'memory');
    let memory: WebAssembly.Memory | undefined;
    const imports: WebAssembly.Imports = { wasi_snapshot_preview1: wasiImports(module, () => memory!) };
    try {
      if (shared !== undefined) {
        memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
        imports[shared.module] = { ...imports[shared.module], [shared.name]: memory };
      }
      this.exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new WedgeError('OUT_OF_MEMORY', `there is no memory for another engine: ${cause.message}`, {}, { cause });
    }
    memory ??= this.exports.memory;
    if (typeof this.exports.wedge_abi_version !== 'function' || this.exports.wedge_abi_version() !== abiVersion) {
      throw new WedgeError('UNSUPPORTED', 'the WebAssembly module is not the engine that this package was made for');
    }
    this.exports._initialize();
    this.variant = variant;
    this.threads = shared === undefined ? 1 : threads;
    this.scratch = this.allocate(scratchBytes);
    this.#helpers = this.threads > 1
      ? startThreads(module, memory, this.exports as unknown as ThreadExports, this.threads - 1, (bytes) => this.allocate(bytes)) : undefined;
  }

  /** Done once its threads are there. Browsers start none while their owner runs; Node does, and they come when they come. */
  get ready(): Promise<unknown> | undefined {
    return node() === undefined ? this.#helpers?.arrival : undefined;
  }

  /** The engine's version. */
  get version(): string {
    return this.text(this.exports.wedge_version());
  }

  /** The bytes of the memory; to be asked for again after any call, which may have grown it. */
  get bytes(): Uint8Array {
    this.#renew();
    return this.#bytes;
  }
  get words(): Int32Array {
    this.#renew();
    return this.#words;
  }
  get wide(): BigInt64Array {
    this.#renew();
    return this.#wide;
  }
  get buffer(): ArrayBufferLike {
    this.#renew();
    return this.#buffer;
  }

  #renew(): void {
    const { buffer } = this.exports.memory;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
    this.#wide = new BigInt64Array(buffer);
  }

  word(address: number): number {
    return this.words[address >>> 2]! >>> 0;
  }

  /** A null-terminated text. What calls return is negative above two gigabytes. */
  text(pointer: number): string {
    const address = pointer >>> 0;
    if (address === 0) return '';
    const { bytes } = this;
    return this.characters(address, bytes.indexOf(0, address) - address);
  }

  characters(address: number, length: number): string {
    const bytes = this.bytes.subarray(address, address + length);
    // TextDecoder takes no shared memory.
    return decoder.decode(this.threads > 1 ? bytes.slice() : bytes);
  }

  allocate(bytes: number): number {
    const address = this.exports.wedge_allocate(bytes) >>> 0;
    if (address === 0) throw new WedgeError('OUT_OF_MEMORY', `there is no memory for another ${bytes} bytes`);
    return address;
  }

  /** Grows the memory now, if it can be, to have so much: once takes less time than often. */
  reserve(bytes: number): void {
    const address = this.exports.wedge_allocate(bytes) >>> 0;
    if (address !== 0) this.exports.wedge_free(address);
  }

  /** Calls with memory that is the caller's for that long. */
  withMemory<T>(bytes: number, use: (address: number) => T): T {
    const address = this.allocate(bytes);
    try {
      return use(address);
    } finally {
      this.exports.wedge_free(address);
    }
  }

  withText<T>(text: string, use: (address: number) => T): T {
    const encoded = encoder.encode(`${text}\0`);
    return this.withMemory(encoded.length, (address) => {
      this.bytes.set(encoded, address);
      return use(address);
    });
  }

  /** Throws what the last call left as its error. */
  fail(status: number): never {
    const { exports } = this;
    throw new WedgeError(codeOfStatus(status), this.text(exports.wedge_error_message()), {
      node: this.text(exports.wedge_error_node()) || undefined,
      operator: this.text(exports.wedge_error_operator()) || undefined,
      file: this.text(exports.wedge_error_file()) || undefined,
    });
  }

  check(status: number): void {
    if (status !== 0) this.fail(status);
  }

  /** Does something with the engine. What should never happen, a trap, ends the engine but not the program. */
  guard<T>(use: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return use();
    } catch (cause) {
      if (!(cause instanceof WebAssembly.RuntimeError)) throw cause;
      this.#failure = new WedgeError('INTERNAL', `the engine stopped: ${cause.message}; load the session again`, {}, { cause });
      throw this.#failure;
    }
  }

  /** Ends its threads. Memory goes when nothing refers to the engine any more. */
  release(): void {
    this.#failure ??= new WedgeError('INVALID_HANDLE', 'the engine has been released');
    this.#helpers?.ports.forEach((port) => port.terminate());
  }
}

import type { Engine } from './engine.js';
import { WedgeError } from './errors.js';
import { beside, open, type Chunks, type File, type ModelSource } from './source.js';

export interface Progress {
  /** How many bytes have come so far, of the model and its external data together. */
  readonly loaded: number;
  /** How many there will be; undefined while that is not known. */
  readonly total: number | undefined;
}

export type ExternalData = Readonly<Record<string, ModelSource>> | ((location: string) => ModelSource | undefined);

export interface LoadOptions {
  /** Bytes that a session may take; loading is refused when it would need more. */
  readonly maxMemory?: number | undefined;
  /** How much of the model is rewritten for speed; 'all' unless said. */
  readonly optimization?: 'none' | 'basic' | 'all' | undefined;
  /** Names of rewrites to leave out. */
  readonly withoutPasses?: readonly string[] | undefined;
  /** Files that the model keeps its weights in. Without it they are looked for beside the model. */
  readonly externalData?: ExternalData | undefined;
  /** Where the model is, if it comes as bytes and has files beside it. */
  readonly base?: string | URL | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const optimizations = { none: 0, basic: 1, all: 2 };
const optionBytes = 32;

/** Calls with a wedge_session_options. */
function withOptions<T>(engine: Engine, options: LoadOptions, use: (address: number) => T): T {
  const passes = options.withoutPasses?.join(',') ?? '';
  return engine.withText(passes, (text) =>
    engine.withMemory(optionBytes, (address) => {
      const { wide, words } = engine;
      words.fill(0, address >>> 2, (address + optionBytes) >>> 2);
      words[address >>> 2] = optionBytes;
      wide[(address + 8) >>> 3] = BigInt(Math.floor(options.maxMemory ?? 0));
      words[(address + 16) >>> 2] = engine.threads;
      words[(address + 20) >>> 2] = optimizations[options.optimization ?? 'all'];
      words[(address + 24) >>> 2] = passes === '' ? 0 : text;
      return use(address);
    }),
  );
}

/** Lets `fill` put bytes where the loader wants them, at most as many as wanted, and says how many those were. */
function fillNext(engine: Engine, loader: number, wanted: number, fill: (room: Uint8Array) => number): number {
  const { exports, scratch } = engine;
  engine.check(exports.wedge_loader_next(loader, wanted, scratch, scratch + 4));
  const address = engine.word(scratch);
  const count = fill(engine.bytes.subarray(address, address + engine.word(scratch + 4)));
  engine.check(exports.wedge_loader_advance(loader, count));
  return count;
}

function feed(engine: Engine, loader: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    done += fillNext(engine, loader, bytes.length - done, (room) => {
      room.set(bytes.subarray(done, done + room.length));
      return room.length;
    });
  }
}

// Bytes of a file that are read before others have their turn.
const turnBytes = 1 << 24;

/** Reads up to a turn's bytes; says how many those were, fewer only at the end. */
function feedFrom(engine: Engine, loader: number, file: File): number {
  let done = 0;
  while (done < turnBytes) {
    const count = fillNext(engine, loader, turnBytes - done, (room) => file.read(room));
    if (count === 0) break;
    done += count;
  }
  return done;
}

class Account {
  #loaded = 0;
  #total: number | undefined = 0;
  readonly #tell: LoadOptions['onProgress'];

  constructor(tell: LoadOptions['onProgress']) {
    this.#tell = tell;
  }

  expect(bytes: number | undefined): void {
    this.#total = this.#total === undefined || bytes === undefined ? undefined : this.#total + bytes;
  }

  arrived(bytes: number): void {
    this.#loaded += bytes;
    this.#tell?.({ loaded: this.#loaded, total: this.#total });
  }
}

function externalSource(model: ModelSource, location: string, { base, externalData: given }: LoadOptions): ModelSource {
  const source = typeof given === 'function' ? given(location)
    : given !== undefined && Object.hasOwn(given, location) ? given[location] : beside(base ?? model, location);
  if (source !== undefined) return source;
  throw new WedgeError('NOT_FOUND', `the model keeps weights in '${location}': name it in externalData`, { file: location });
}

/** The handle of a session made from the bytes of a model as they arrive. */
export async function load(engine: Engine, model: ModelSource, options: LoadOptions): Promise<number> {
  const { exports, scratch } = engine;
  const { signal } = options;
  const account = new Account(options.onProgress);
  const read = async (file: File) => {
    try {
      for (let count = turnBytes; count === turnBytes;) {
        count = engine.guard(() => feedFrom(engine, loader, file));
        account.arrived(count);
        if (count === turnBytes) await new Promise((resolve) => void setTimeout(resolve));
        signal?.throwIfAborted();
      }
    } finally {
      file.close();
    }
  };
  const take = async (source: Chunks | File) => {
    const { total } = source;
    account.expect(total);
    if (total !== undefined && total <= (options.maxMemory ?? total)) engine.guard(() => engine.reserve(total));
    if ('read' in source) return read(source);
    for await (const bytes of source) {
      signal?.throwIfAborted();
      engine.guard(() => feed(engine, loader, bytes));
      account.arrived(bytes.length);
    }
    signal?.throwIfAborted();
  };

  const first = await open(model, signal);
  const loader = engine.guard(() => withOptions(engine, options, (address) => {
    engine.check(exports.wedge_loader_create(address, scratch));
    return engine.word(scratch);
  }));
  try {
    await take(first);
    const locations = engine.guard(() => {
      engine.check(exports.wedge_loader_external_count(loader, scratch));
      return Array.from({ length: engine.word(scratch) }, (_, i) => {
        engine.check(exports.wedge_loader_get_external(loader, i, scratch));
        return engine.text(engine.word(scratch));
      });
    });
    for (const [i, location] of locations.entries()) {
      const file = await open(externalSource(model, location, options), signal);
      engine.guard(() => engine.check(exports.wedge_loader_begin_external(loader, i)));
      await take(file);
    }
    return engine.guard(() => {
      engine.check(exports.wedge_loader_finish(loader, scratch));
      return engine.word(scratch);
    });
  } finally {
    // An engine that has stopped has nothing left to give back.
    try {
      engine.guard(() => exports.wedge_loader_release(loader));
    } catch {}
  }
}

import type { Description } from './description.js';
import { Engine, type EngineOptions } from './engine.js';
import { WedgeError } from './errors.js';
import type { LoadOptions } from './loader.js';
import { LocalSession, type Memory, type Outputs, type RunOptions } from './local.js';
import { RemoteSession, type WorkerChoice } from './remote.js';
import type { ModelSource } from './source.js';
import type { Feeds } from './transfer.js';

export interface SessionOptions extends EngineOptions, LoadOptions {
  /** true: a worker does the work, so that a page stays quick. */
  readonly worker?: WorkerChoice | undefined;
  /** Shares the memory of other sessions; without it a session has an engine, and so a memory, of its own. */
  readonly engine?: Engine | undefined;
}

/** What sessions are loaded with where a call does not say. */
export const defaults: { wasm?: EngineOptions['wasm']; variant?: EngineOptions['variant']; threads?: number; worker?: WorkerChoice } = {};

/** A model, ready to run. */
export class Session {
  readonly #session: LocalSession | RemoteSession;

  /** Loads a model while its bytes arrive. What failed may be tried again. */
  static async load(model: ModelSource, options: SessionOptions = {}): Promise<Session> {
    options.signal?.throwIfAborted();
    const { engine } = options;
    if (engine !== undefined) return new Session(await LocalSession.load(engine, false, model, options));
    const wasm = options.wasm ?? defaults.wasm;
    const variant = options.variant ?? defaults.variant;
    const threads = options.threads ?? defaults.threads ?? 1;
    const worker = options.worker ?? defaults.worker ?? false;
    if (worker !== false) return new Session(await RemoteSession.load(worker, { wasm, variant, threads }, model, options));
    return new Session(await LocalSession.load(await Engine.create({ wasm, variant, threads }), true, model, options));
  }

  private constructor(session: LocalSession | RemoteSession) {
    this.#session = session;
  }

  get inputs(): Description['inputs'] {
    return this.#session.description.inputs;
  }
  get outputs(): Description['outputs'] {
    return this.#session.description.outputs;
  }
  get metadata(): Description['metadata'] {
    return this.#session.description.metadata;
  }
  get opsets(): Description['opsets'] {
    return this.#session.description.opsets;
  }

  /** Runs the model; feeds and outputs go by name. */
  async run(feeds: Feeds, options?: RunOptions): Promise<Outputs> {
    return this.#session.run(feeds, options);
  }

  /** As run(), at once; not for sessions in a worker. */
  runSync(feeds: Feeds, options?: RunOptions): Outputs {
    if (this.#session instanceof LocalSession) return this.#session.run(feeds, options);
    throw new WedgeError('UNSUPPORTED', 'a session in a worker has no runSync(); await run()');
  }

  async memory(): Promise<Memory> {
    return this.#session.memory();
  }

  /** Runs the model for so many seconds and tells what each step takes. */
  async profile(feeds: Feeds, seconds = 1): Promise<unknown> {
    return this.#session.profile(feeds, seconds);
  }

  /** Frees memory kept from earlier runs until at most so many bytes of it are left. */
  async trim(maxBytes = 0): Promise<void> {
    return this.#session.trim(maxBytes);
  }

  /** Ends the session and gives its memory back; a second time does nothing. */
  release(): void {
    this.#session.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

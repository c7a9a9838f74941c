import { describe, type Description, type ValueDescription } from './description.js';
import type { Engine } from './engine.js';
import { WedgeError } from './errors.js';
import { load, type LoadOptions } from './loader.js';
import type { ModelSource } from './source.js';
import type { Tensor, Value } from './tensor.js';
import { elementsAt, makeTensor, makeValue, readValue, toTensor, type Feed, type Feeds } from './transfer.js';

export interface RunOptions {
  /** The outputs to give; all unless said. */
  readonly outputs?: readonly string[] | undefined;
  /** false: elements are views into the engine's memory, which the next call of any session of the same engine ends. */
  readonly copy?: boolean | undefined;
  /** Tensors that outputs are written into, by name; their type and dims must be those that come out. */
  readonly into?: Readonly<Record<string, Tensor>> | undefined;
}

export type Outputs = Record<string, Value>;

/** Bytes that a session has in the engine's memory. */
export interface Memory {
  /** Constants that kernels do not have in a form of their own. */
  readonly weights: number;
  /** Weights in the form that kernels want. */
  readonly packed: number;
  /** Intermediate values and scratch of one run. */
  readonly arena: number;
  /** The part of the arena that the hungriest step uses as scratch. */
  readonly scratch: number;
  /** What tensors have whose size only a run can tell. */
  readonly poolUsed: number;
  /** What is kept for later ones. */
  readonly poolIdle: number;
  /** All of the engine's memory, which sessions may share. */
  readonly total: number;
}

/** An input's tensor, kept for as long as what is fed has the same type and dims. */
interface Slot {
  handle: number;
  form: Pick<Tensor, 'type' | 'dims'> | undefined;
  address: number;
  bytes: number;
}

const sameDims = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((dim, i) => dim === b[i]);

/** A session in this thread. */
export class LocalSession {
  readonly description: Description;
  #kept: Engine | undefined;
  readonly #owned: boolean;
  readonly #session: number;
  #binding: number;
  readonly #slots: Slot[];
  readonly #indices: Map<string, number>;
  #held: number[] = [];

  /** `owned`: the engine goes with the session. */
  static async load(engine: Engine, owned: boolean, model: ModelSource, options: LoadOptions): Promise<LocalSession> {
    try {
      const session = new LocalSession(engine, owned, await load(engine, model, options));
      await engine.ready;
      return session;
    } catch (error) {
      if (owned) engine.release();
      throw error;
    }
  }

  private constructor(engine: Engine, owned: boolean, session: number) {
    this.#kept = engine;
    this.#owned = owned;
    this.#session = session;
    this.#binding = 0;
    this.description = engine.guard(() => describe(engine, session));
    this.#slots = this.description.inputs.map(() => ({ handle: 0, form: undefined, address: 0, bytes: 0 }));
    this.#indices = new Map(this.description.inputs.map(({ name }, i) => [name, i]));
  }

  run(feeds: Feeds, options: RunOptions = {}): Outputs {
    return this.#use(() => this.#run(feeds, options));
  }

  get #engine(): Engine {
    if (this.#kept === undefined) throw new WedgeError('INVALID_HANDLE', 'the session has been released');
    return this.#kept;
  }

  #use<T>(use: () => T): T {
    return this.#engine.guard(use);
  }

  #run(feeds: Feeds, options: RunOptions): Outputs {
    const engine = this.#engine;
    const { exports, scratch } = engine;
    for (const handle of this.#held) exports.wedge_tensor_release(handle);
    this.#held = [];
    if (this.#binding === 0) {
      engine.check(exports.wedge_binding_create(this.#session, scratch));
      this.#binding = engine.word(scratch);
    }
    const { inputs, outputs } = this.description;
    let given = 0;
    for (let i = 0; i < inputs.length; ++i) {
      const input = inputs[i]!;
      const feed = feeds[input.name];
      if (feed === undefined && !input.kind.startsWith('optional')) continue;
      ++given;
      this.#feed(i, input, feed);
    }
    this.#refuseUnknown(feeds, given);
    engine.check(exports.wedge_binding_run(this.#binding));

    const results: Outputs = {};
    const copy = options.copy !== false;
    for (let i = 0; i < outputs.length; ++i) {
      const { name } = outputs[i]!;
      if (options.outputs !== undefined && !options.outputs.includes(name)) continue;
      engine.check(exports.wedge_binding_get_output(this.#binding, i, scratch));
      const handle = engine.word(scratch);
      try {
        results[name] = readValue(engine, handle, copy, options.into?.[name]);
      } finally {
        if (copy) exports.wedge_tensor_release(handle);
        else this.#held.push(handle);
      }
    }
    if (options.outputs !== undefined) refuseMissing(options.outputs, results);
    return results;
  }

  #feed(index: number, input: ValueDescription, feed: Feed): void {
    const engine = this.#engine;
    const slot = this.#slots[index]!;
    if (input.kind !== 'tensor') return this.#bind(slot, index, makeValue(engine, input, feed), undefined);
    const tensor = toTensor(input, feed as Tensor);
    const kept = slot.form;
    if (kept === undefined || tensor.type === 'string' || kept.type !== tensor.type || !sameDims(kept.dims, tensor.dims)) {
      const handle = makeTensor(engine, tensor);
      this.#bind(slot, index, handle, tensor);
    }
    if (tensor.type === 'string') return;
    (elementsAt(engine, tensor.type, slot.address, slot.bytes) as Uint8Array).set(tensor.data as Uint8Array);
  }

  /** Makes a tensor an input for this run and the next ones. */
  #bind(slot: Slot, index: number, handle: number, tensor: Tensor | undefined): void {
    const engine = this.#engine;
    const { exports, scratch } = engine;
    if (slot.handle !== 0) exports.wedge_tensor_release(slot.handle);
    slot.handle = handle;
    slot.form = tensor && { type: tensor.type, dims: [...tensor.dims] };
    engine.check(exports.wedge_tensor_get_info(handle, scratch));
    slot.address = engine.word(scratch + 12);
    slot.bytes = engine.word(scratch + 16);
    engine.check(exports.wedge_binding_set_input(this.#binding, index, handle));
  }

  #refuseUnknown(feeds: Feeds, given: number): void {
    const { inputs } = this.description;
    for (const name in feeds) {
      if (!this.#indices.has(name)) {
        const names = inputs.map((input) => `'${input.name}'`).join(', ');
        throw new WedgeError('NOT_FOUND', `the model has no input '${name}'; it has ${names || 'none'}`);
      }
    }
    if (given === inputs.length) return;
    const missing = inputs.find(({ name, kind }) => feeds[name] === undefined && !kind.startsWith('optional'))!;
    throw new WedgeError('INVALID_ARGUMENT', `input '${missing.name}' is missing`);
  }

  memory(): Memory {
    return this.#use(() => {
      const engine = this.#engine;
      engine.check(engine.exports.wedge_session_get_memory(this.#session, engine.scratch));
      const [weights, packed, arena, scratch, poolUsed, poolIdle] =
        Array.from(engine.wide.subarray(engine.scratch >>> 3, (engine.scratch >>> 3) + 6), Number) as [number, number, number, number, number, number];
      return { weights, packed, arena, scratch, poolUsed, poolIdle, total: engine.bytes.length };
    });
  }

  /** Frees memory kept from earlier runs until at most so many bytes of it are left. */
  trim(maxBytes: number): void {
    this.#use(() => this.#engine.check(this.#engine.exports.wedge_session_trim(this.#session, BigInt(maxBytes))));
  }

  /** Runs for so many seconds and tells what each step takes. */
  profile(feeds: Feeds, seconds: number): unknown {
    return this.#use(() => {
      const engine = this.#engine;
      const { exports, scratch } = engine;
      const { inputs } = this.description;
      const profile = exports.wedge_session_profile;
      if (profile === undefined) throw new WedgeError('UNSUPPORTED', 'this build of the engine makes no profiles');
      const handles: number[] = [];
      try {
        for (const input of inputs) handles.push(makeValue(engine, input, feeds[input.name]));
        return engine.withMemory(4 * handles.length + 4, (list) => {
          engine.words.set(handles, list >>> 2);
          engine.check(profile(this.#session, 0, list, handles.length, seconds, scratch));
          const json = engine.word(scratch);
          try {
            return JSON.parse(engine.text(json)) as unknown;
          } finally {
            exports.wedge_free(json);
          }
        });
      } finally {
        for (const handle of handles) exports.wedge_tensor_release(handle);
      }
    });
  }

  /** Gives its memory back: all of an engine of its own, once the views on it are gone too. */
  release(): void {
    const engine = this.#kept;
    this.#kept = undefined;
    if (engine === undefined) return;
    if (this.#owned) return engine.release();
    const { exports } = engine;
    engine.guard(() => {
      for (const handle of this.#held) exports.wedge_tensor_release(handle);
      for (const { handle } of this.#slots) if (handle !== 0) exports.wedge_tensor_release(handle);
      if (this.#binding !== 0) exports.wedge_binding_release(this.#binding);
      exports.wedge_session_release(this.#session);
    });
  }
}

function refuseMissing(wanted: readonly string[], results: Outputs): void {
  const missing = wanted.find((name) => !Object.hasOwn(results, name));
  if (missing !== undefined) throw new WedgeError('NOT_FOUND', `the model has no output '${missing}'`);
}

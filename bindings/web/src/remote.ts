import type { Description } from './description.js';
import type { EngineOptions } from './engine.js';
import { WedgeError, fromPlain } from './errors.js';
import type { ExternalData, LoadOptions, Progress } from './loader.js';
import type { Memory, Outputs, RunOptions } from './local.js';
import { valueOf, type Calls, type LoadMessage, type PlainValue, type Reply, type Request } from './messages.js';
import { filePath, node, nodePort, portOf, type Port } from './platform.js';
import type { ModelSource, SentSource } from './source.js';
import { portOfStream } from './stream-port.js';
import { isTensorLike, Tensor } from './tensor.js';
import type { Feeds } from './transfer.js';

/** How to come by a worker: made by this package, by the caller, or one that runs 'wedge-onnx/worker' already. */
export type WorkerChoice = boolean | Worker | (() => Worker);

function startWorker(choice: WorkerChoice): Port {
  if (typeof choice === 'function') return portOf(choice());
  if (typeof choice === 'object') return portOf(choice);
  const port = nodePort('worker');
  if (port !== undefined) return port;
  if (typeof Worker === 'undefined') {
    throw new WedgeError('UNSUPPORTED', 'there are no workers here; load without `worker` and with one thread');
  }
  return portOf(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
}

interface Waiting {
  resolve(result: any): void;
  reject(error: Error): void;
  progress?: ((progress: Progress) => void) | undefined;
}

/** A model on its way to a worker: what can be sent is, and places are made absolute. */
function portable(model: ModelSource): { model: SentSource; transfer: object[] } {
  if (model instanceof Response) {
    if (!model.ok) throw new WedgeError('NOT_FOUND', `${model.url}: ${model.status} ${model.statusText}`);
    return portable(model.body ?? new ArrayBuffer(0));
  }
  if (model instanceof ReadableStream) {
    const port = portOfStream(model);
    return { model: port, transfer: [port] };
  }
  if (typeof model !== 'string' && !(model instanceof URL)) return { model, transfer: [] };
  return { model: absolute(model), transfer: [] };
}

function absolute(location: string | URL): string {
  const path = filePath(location);
  return path !== undefined ? node()!.url.pathToFileURL(path).href : new URL(location, globalThis.location?.href).href;
}

function portableEngine(engine: EngineOptions): EngineOptions {
  const { wasm } = engine;
  if (wasm instanceof Response || (typeof wasm === 'object' && 'then' in wasm)) {
    throw new WedgeError('UNSUPPORTED', 'a Response cannot go to a worker: give the compiled module, its bytes or its URL');
  }
  return wasm instanceof URL ? { ...engine, wasm: wasm.href } : { ...engine };
}

/** A session in a worker. */
export class RemoteSession {
  description!: Description;
  readonly #port: Port;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #end: Error | undefined;

  static async load(choice: WorkerChoice, engine: EngineOptions, source: ModelSource, options: LoadOptions): Promise<RemoteSession> {
    options.signal?.throwIfAborted();
    const session = new RemoteSession(startWorker(choice));
    const id = session.#next;
    const abort = () => session.#port.post({ id, call: 'abort', parameters: [] } satisfies Request);
    try {
      const { model, transfer } = portable(source);
      const { maxMemory, optimization, withoutPasses } = options;
      const base = options.base === undefined ? (source instanceof Response ? source.url : undefined) : absolute(options.base);
      const externalData = portableFiles(options.externalData, transfer);
      const message: LoadMessage = {
        model, engine: portableEngine(engine), options: { maxMemory, optimization, withoutPasses, externalData, base },
      };
      const loaded = session.#call('load', [message], transfer, options.onProgress);
      options.signal?.addEventListener('abort', abort);
      session.description = await loaded;
      return session;
    } catch (error) {
      session.release();
      throw options.signal?.aborted ? options.signal.reason : error;
    } finally {
      options.signal?.removeEventListener('abort', abort);
    }
  }

  private constructor(port: Port) {
    this.#port = port;
    port.onMessage((reply: Reply) => this.#answer(reply));
    port.onError((cause) => this.#stop(new WedgeError('INTERNAL', `the worker failed: ${cause.message}`, {}, { cause })));
  }

  #answer(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    if ('progress' in reply) return waiting.progress?.(reply.progress);
    this.#waiting.delete(reply.id);
    this.#port.keepAlive(this.#waiting.size > 0);
    if ('error' in reply) waiting.reject(fromPlain(reply.error));
    else waiting.resolve(reply.result);
  }

  #stop(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
    this.#port.terminate();
  }

  #call<Name extends keyof Calls>(call: Name, parameters: Parameters<Calls[Name]>, transfer: readonly object[] = [],
                                  progress?: Waiting['progress']): Promise<ReturnType<Calls[Name]>> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject, progress });
      this.#port.keepAlive(true);
      try {
        this.#port.post({ id, call, parameters } satisfies Request, transfer);
      } catch (error) {
        this.#waiting.delete(id);
        reject(error as Error);
      }
    });
  }

  async run(feeds: Feeds, options: RunOptions = {}): Promise<Outputs> {
    const { into } = options;
    const wanted = options.outputs && { outputs: [...options.outputs] };
    const plain = (await this.#call('run', [plainFeeds(feeds), wanted ?? {}])) as Record<string, PlainValue>;
    return Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, put(valueOf(value), into?.[name])]));
  }

  memory(): Promise<Memory> {
    return this.#call('memory', []);
  }
  profile(feeds: Feeds, seconds: number): Promise<unknown> {
    return this.#call('profile', [plainFeeds(feeds), seconds]);
  }
  trim(maxBytes: number): Promise<void> {
    return this.#call('trim', [maxBytes]);
  }
  release(): void {
    this.#stop(new WedgeError('INVALID_HANDLE', 'the session has been released'));
  }
}

function portableFiles(files: ExternalData | undefined, transfer: object[]): LoadMessage['options']['externalData'] {
  if (typeof files === 'function') {
    throw new WedgeError('UNSUPPORTED', 'a function cannot go to a worker: give externalData as an object');
  }
  return files && Object.fromEntries(Object.entries(files).map(([name, source]) => {
    const sent = portable(source);
    transfer.push(...sent.transfer);
    return [name, sent.model];
  }));
}

/** Feeds without classes, whose names and methods do not survive cloning. */
function plainFeeds(feeds: Feeds): Feeds {
  const plain = (feed: unknown): unknown =>
    isTensorLike(feed) ? { type: feed.type, data: feed.data, dims: [...feed.dims] } : Array.isArray(feed) ? feed.map(plain) : feed;
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, plain(feed)])) as Feeds;
}

function put(value: Outputs[string], into: Tensor | undefined): Outputs[string] {
  if (into === undefined || !(value instanceof Tensor)) return value;
  if (into.type !== value.type || String(into.dims) !== String(value.dims)) {
    throw new WedgeError('INVALID_ARGUMENT', `the output is ${value.type} [${value.dims}], but the tensor to put it into is ${into.type} [${into.dims}]`);
  }
  (into.data as Uint8Array).set(value.data as Uint8Array);
  return into;
}

// What differs between a browser or edge worker and Node: files, and threads of one's own.

/** The two ends of a worker look alike everywhere: messages, errors, an end. */
export interface Port {
  post(message: unknown, transfer?: readonly object[]): void;
  onMessage(listener: (message: any) => void): void;
  onError(listener: (error: Error) => void): void;
  /** Whether the program goes on while this worker is all that it has; only Node asks. */
  keepAlive(wanted: boolean): void;
  terminate(): void;
}

/** What this package uses of Node, Deno or Bun. */
export interface NodeParts {
  readonly fs: Pick<typeof import('node:fs'), 'statSync' | 'openSync' | 'readSync' | 'closeSync' | 'readFileSync'>;
  readonly url: Pick<typeof import('node:url'), 'fileURLToPath' | 'pathToFileURL'>;
  readonly threads: Pick<typeof import('node:worker_threads'), 'Worker' | 'parentPort'>;
  readonly os: Pick<typeof import('node:os'), 'availableParallelism'>;
}

type Builtins = (name: string) => any;

let parts: NodeParts | undefined;

/** Modules are loaded when they are wanted: it would double the time of the import. */
function partsFrom(builtin: Builtins): NodeParts {
  return {
    get fs() { return builtin('node:fs'); },
    get url() { return builtin('node:url'); },
    get threads() { return builtin('node:worker_threads'); },
    get os() { return builtin('node:os'); },
  };
}

/** The entries for Node hand this in for versions that give no built-in modules: making a require() takes its time. */
export function provideNode(makeRequire: () => Builtins): void {
  if (node() === undefined) parts = partsFrom(makeRequire());
}

interface Runtime {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?: Builtins;
}

export function node(): NodeParts | undefined {
  if (parts !== undefined) return parts;
  const runtime = (globalThis as { process?: Runtime }).process;
  if (runtime?.versions?.node === undefined) return undefined;
  const builtin: Builtins = (name) => runtime.getBuiltinModule?.(name);
  if (builtin('node:fs')?.readFileSync !== undefined) parts = partsFrom(builtin);
  return parts;
}

/** A path, if `location` names a file of this machine and there is a way to read it. */
export function filePath(location: string | URL): string | undefined {
  const system = node();
  if (system === undefined) return undefined;
  const text = String(location);
  if (text.startsWith('file:')) return system.url.fileURLToPath(text);
  return /^[a-z][a-z0-9+.-]+:/i.test(text) && !/^[a-z]:[\\/]/i.test(text) ? undefined : text;
}

export const coreCount = (): number =>
  globalThis.navigator?.hardwareConcurrency ?? node()?.os.availableParallelism() ?? 1;

/** Whether there can be threads: a page that is not isolated has no memory that workers could see, a service worker no workers. */
export const mayHaveThreads = (): boolean =>
  typeof SharedArrayBuffer !== 'undefined' && (globalThis.crossOriginIsolated ?? node() !== undefined) &&
  (typeof Worker !== 'undefined' || node() !== undefined);

export function portOf(worker: Worker): Port {
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as Transferable[]),
    onMessage: (listener) => worker.addEventListener('message', (event) => listener(event.data)),
    onError: (listener) =>
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        listener(new Error(event.message || 'the worker could not be started'));
      }),
    keepAlive: () => {},
    terminate: () => worker.terminate(),
  };
}

/** A worker of Node's kind, where there is no other. */
export function nodePort(program: 'worker' | 'thread'): Port | undefined {
  const threads = node()?.threads;
  if (threads === undefined || typeof Worker !== 'undefined') return undefined;
  // Put together so that bundlers for browsers take no notice of it.
  const here = import.meta.url;
  const worker = new threads.Worker(new URL(`${program}-node.js`, here));
  worker.unref();
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as never),
    onMessage: (listener) => worker.on('message', (message) => listener(message)),
    onError: (listener) => worker.on('error', (error) => listener(error as Error)),
    keepAlive: (wanted) => (wanted ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

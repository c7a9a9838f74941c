// The worker's side: one session, served to whoever holds the other end of the port.
import { Engine } from './engine.js';
import { toPlain } from './errors.js';
import type { LoadOptions } from './loader.js';
import { LocalSession } from './local.js';
import { buffersOf, plainValue, type LoadMessage, type Reply, type Request } from './messages.js';
import type { ModelSource } from './source.js';

/** Answers requests. `reply` is given buffers that may move to the other side. */
export function serve(reply: (message: Reply, transfer: readonly object[]) => void): (request: Request) => void {
  let session: LocalSession | undefined;
  const aborts = new Map<number, AbortController>();

  const load = async (id: number, { model, engine, options }: LoadMessage) => {
    const abort = new AbortController();
    aborts.set(id, abort);
    try {
      const onProgress = (progress: object) => reply({ id, progress } as Reply, []);
      session = await LocalSession.load(await Engine.create(engine), true, model as ModelSource, { ...options, onProgress, signal: abort.signal } as LoadOptions);
      return session.description;
    } finally {
      aborts.delete(id);
    }
  };

  const answer = async ({ id, call, parameters }: Request): Promise<void> => {
    if (call === 'load') return reply({ id, result: await load(id, parameters[0] as LoadMessage) }, []);
    const [first, second] = parameters;
    if (call === 'run') {
      const outputs = session!.run(first, second);
      const result = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, plainValue(value)]));
      return reply({ id, result }, [...buffersOf(Object.values(result))]);
    }
    reply({ id, result: (session![call as 'memory'] as (...parameters: unknown[]) => unknown).call(session, first, second) }, []);
  };

  return (request) => {
    if (request.call === 'abort') return aborts.get(request.id)?.abort();
    answer(request).catch((error: unknown) => reply({ id: request.id, error: toPlain(error) }, []));
  };
}

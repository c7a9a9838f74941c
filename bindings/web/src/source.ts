import { WedgeError } from './errors.js';
import { filePath, node } from './platform.js';
import { streamOfPort } from './stream-port.js';

/** Where a model's bytes come from. In Node a path works too. */
export type ModelSource = string | URL | Response | Blob | ReadableStream<Uint8Array> | ArrayBufferLike | ArrayBufferView;

/** What can be sent to a worker, with a port for a stream. */
export type SentSource = Exclude<ModelSource, Response | ReadableStream> | MessagePort;

/** Bytes that come one piece after the other. */
export interface Chunks {
  /** How many bytes there will be, if that is known. */
  readonly total: number | undefined;
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>;
}

/** Bytes that are read to where they are wanted. */
export interface File {
  readonly total: number;
  /** How many bytes were read; 0 at the end. */
  read(room: Uint8Array): number;
  close(): void;
}

const pieceBytes = 1 << 22;

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
}

/**
 * Read at once, piece by piece: waiting for another thread, and copying what it has read, would take twice as long. It is
 * opened by the first read(), so that who never reads has nothing to close.
 */
function ofFile(path: string): File {
  const { fs } = node()!;
  const { size } = fs.statSync(path);
  let file: number | undefined;
  return {
    total: size,
    read: (room) => {
      try {
        file ??= fs.openSync(path, 'r');
        return fs.readSync(file, room, 0, room.length, null);
      } catch (cause) {
        throw new WedgeError('IO', `${path}: ${(cause as Error).message}`, {}, { cause });
      }
    },
    close: () => {
      if (file !== undefined) fs.closeSync(file);
    },
  };
}

async function* piecesOfStream(stream: ReadableStream<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  const cancel = () => void reader.cancel(signal!.reason).catch(() => undefined);
  signal?.addEventListener('abort', cancel);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
    reader.cancel().catch(() => undefined);
  }
}

const chunks = (total: number | undefined, pieces: AsyncIterable<Uint8Array>): Chunks => ({
  total,
  [Symbol.asyncIterator]: () => pieces[Symbol.asyncIterator](),
});

function ofResponse(response: Response, signal: AbortSignal | undefined): Chunks {
  if (!response.ok) throw new WedgeError('NOT_FOUND', `${response.url}: ${response.status} ${response.statusText}`);
  const length = response.headers.get('Content-Encoding') === null ? Number(response.headers.get('Content-Length')) : 0;
  return chunks(length > 0 ? length : undefined, response.body === null ? piecesOf(new Uint8Array()) : piecesOfStream(response.body, signal));
}

async function ofLocation(location: string | URL, signal: AbortSignal | undefined): Promise<Chunks | File> {
  const path = filePath(location);
  if (path !== undefined) return ofFile(path);
  return ofResponse(await fetch(location, signal === undefined ? {} : { signal }), signal);
}

const ofBytes = (bytes: Uint8Array): Chunks => chunks(bytes.length, piecesOf(bytes));

/** The bytes of a model, as they arrive. */
export async function open(source: ModelSource | SentSource, signal: AbortSignal | undefined): Promise<Chunks | File> {
  signal?.throwIfAborted();
  try {
    if (typeof source === 'string' || source instanceof URL) return await ofLocation(source, signal);
  } catch (cause) {
    if (cause instanceof WedgeError || signal?.aborted) throw cause;
    throw new WedgeError('NOT_FOUND', `${source}: ${(cause as Error).message}`, {}, { cause });
  }
  // Bytes first: Node makes Response and its like ready when they are named, which takes as long as a small model's load.
  if (ArrayBuffer.isView(source)) return ofBytes(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  if (source instanceof ArrayBuffer) return ofBytes(new Uint8Array(source));
  if (source instanceof Response) return ofResponse(source, signal);
  if (source instanceof ReadableStream) return chunks(undefined, piecesOfStream(source, signal));
  if (source instanceof Blob) return chunks(source.size, piecesOfStream(source.stream(), signal));
  if (source instanceof MessagePort) return chunks(undefined, piecesOfStream(streamOfPort(source), signal));
  return ofBytes(new Uint8Array(source));
}

/** Where a file beside the model is, if the model's own place is known. */
export function beside(model: ModelSource, location: string): string | URL | undefined {
  const base = typeof model === 'string' || model instanceof URL ? model : model instanceof Response ? model.url : '';
  if (base === '') return undefined;
  const path = filePath(base);
  if (path !== undefined) return new URL(location.split('/').map(encodeURIComponent).join('/'), node()!.url.pathToFileURL(path));
  return new URL(location, new URL(base, globalThis.location?.href));
}

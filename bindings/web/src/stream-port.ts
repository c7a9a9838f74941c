// Streams on their way to workers. Not every browser can send one, but all send ports.
import { fromPlain, toPlain, type PlainError } from './errors.js';

interface Piece {
  /** Nothing at the end. */
  readonly value?: Uint8Array | undefined;
  readonly error?: PlainError | undefined;
}

/** Where the pieces of a stream are to be had, one for each message that asks. */
export function portOfStream(stream: ReadableStream<Uint8Array>): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const reader = stream.getReader();
  port1.onmessage = async ({ data: isWanted }) => {
    const next: Promise<Piece | void> = isWanted ? reader.read() : reader.cancel();
    const { value, error }: Piece = (await next.catch((cause) => ({ error: toPlain(cause) }))) ?? {};
    port1.postMessage({ value, error } satisfies Piece);
    if (value === undefined) port1.close();
  };
  return port2;
}

/** The stream once more, on the other side. */
export function streamOfPort(port: MessagePort): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { value, error } = await new Promise<Piece>((resolve) => {
        port.onmessage = ({ data }) => resolve(data);
        port.postMessage(true);
      });
      if (error !== undefined) throw fromPlain(error);
      if (value === undefined) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => port.postMessage(false),
  }, { highWaterMark: 0 });
}

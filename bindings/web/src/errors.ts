/** What went wrong, as a word. The numbers are those of wedge_status. */
const codes = [
  'OK',
  'INVALID_ARGUMENT',
  'INVALID_MODEL',
  'UNSUPPORTED',
  'OUT_OF_RANGE',
  'OUT_OF_MEMORY',
  'NOT_FOUND',
  'IO',
  'INTERNAL',
  'INVALID_HANDLE',
] as const;

export type ErrorCode = Exclude<(typeof codes)[number], 'OK'>;

export interface ErrorPlace {
  /** The node of the model it happened at. */
  readonly node?: string | undefined;
  /** That node's operator. */
  readonly operator?: string | undefined;
  /** The file it happened in. */
  readonly file?: string | undefined;
}

/** Every failure of the engine and of the package. */
export class WedgeError extends Error {
  override readonly name = 'WedgeError';
  readonly code: ErrorCode;
  readonly node: string | undefined;
  readonly operator: string | undefined;
  readonly file: string | undefined;

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.node = place.node;
    this.operator = place.operator;
    this.file = place.file;
  }
}

export function codeOfStatus(status: number): ErrorCode {
  const code = codes[status];
  return code === undefined || code === 'OK' ? 'INTERNAL' : code;
}

/** What structured cloning would lose of a WedgeError. */
export interface PlainError extends ErrorPlace {
  readonly name: string;
  readonly message: string;
  readonly code?: ErrorCode | undefined;
}

export function toPlain(error: unknown): PlainError {
  if (error instanceof WedgeError) {
    const { name, message, code, node, operator, file } = error;
    return { name, message, code, node, operator, file };
  }
  return error instanceof Error ? { name: error.name, message: error.message } : { name: 'Error', message: String(error) };
}

export function fromPlain(plain: PlainError): Error {
  if (plain.code !== undefined) return new WedgeError(plain.code, plain.message, plain);
  if (plain.name === 'AbortError') return new DOMException(plain.message, plain.name);
  return Object.assign(new Error(plain.message), { name: plain.name });
}

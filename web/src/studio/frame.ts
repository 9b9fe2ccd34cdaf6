/** A binary message of the control websocket. */
export type Frame = {
  kind: 'picture' | 'sound';
  /** The source's id, or `program`. */
  id: string;
  /** Microseconds of the studio's monotonic clock. */
  capturedUs: bigint;
  /** JPEG, or S16LE stereo at 48 kHz. */
  data: Uint8Array<ArrayBuffer>;
};

const text = new TextDecoder();

/** Reads a binary message; `null` if it is cut short or of an unknown kind. */
export function readFrame(buffer: ArrayBuffer): Frame | null {
  if (buffer.byteLength < 10) return null;
  const view = new DataView(buffer);
  const kind = view.getUint8(0);
  const length = view.getUint8(1);
  const start = 2 + length + 8;
  if (buffer.byteLength < start || (kind !== 1 && kind !== 2)) return null;
  return {
    kind: kind === 1 ? 'picture' : 'sound',
    id: text.decode(new Uint8Array(buffer, 2, length)),
    capturedUs: view.getBigUint64(2 + length),
    data: new Uint8Array(buffer, start),
  };
}

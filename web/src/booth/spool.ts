// Chunks that wait for the network, on the tablet's disk rather than in its memory.

import { recordingBase } from '../common/kept';

const STORE = 'chunks';

function done(request: IDBRequest | IDBTransaction): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (request instanceof IDBTransaction) {
      request.oncomplete = () => resolve(undefined);
      request.onabort = () => reject(request.error ?? new Error('aborted'));
    } else {
      request.onsuccess = () => resolve(request.result);
    }
    request.onerror = () => reject(request.error ?? new Error('no storage'));
  });
}

/** One take's chunks, by their index. */
export class Spool {
  private constructor(private readonly base: IDBDatabase) {}

  /** Whatever an earlier take left is dropped: nobody waits for it any more. */
  static async open(): Promise<Spool> {
    const base = await recordingBase(STORE);
    await done(base.transaction(STORE, 'readwrite').objectStore(STORE).clear());
    return new Spool(base);
  }

  async put(index: number, chunk: Blob): Promise<void> {
    await done(this.base.transaction(STORE, 'readwrite').objectStore(STORE).put(chunk, index));
  }

  async get(index: number): Promise<Blob | undefined> {
    return (await done(this.base.transaction(STORE).objectStore(STORE).get(index))) as Blob | undefined;
  }

  async drop(index: number): Promise<void> {
    await done(this.base.transaction(STORE, 'readwrite').objectStore(STORE).delete(index));
  }

  /** Ends; nothing of the take stays on the tablet. */
  async end(): Promise<void> {
    await done(this.base.transaction(STORE, 'readwrite').objectStore(STORE).clear());
    this.base.close();
  }
}

// Chunks that wait for the network, on the tablet's disk rather than in its memory.

const NAME = 'plateau.booth';
const STORE = 'chunks';

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open(NAME, 1);
    open.onupgradeneeded = () => open.result.createObjectStore(STORE);
    open.onsuccess = () => resolve(open.result);
    open.onerror = () => reject(open.error ?? new Error('no storage'));
  });
}

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
    const base = await database();
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

  close(): void {
    this.base.close();
  }
}

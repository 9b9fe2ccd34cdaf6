// What the pages keep on this device: the one place that stores, so that all of it can be forgotten.

import { request } from './request';

/** Where each thing is kept, and whose it is: a person's, or the device's own settings. */
export const KEPT = {
  /** A participant's personal link. */
  'plateau.link': { area: 'localStorage', of: 'person' },
  /** The segment whose questions a participant has answered. */
  'plateau.answered': { area: 'localStorage', of: 'person' },
  /** A guardian's link, for this tab. */
  'plateau.guardian': { area: 'sessionStorage', of: 'person' },
  /** A camera's link with its place, for this tab. */
  'plateau.camera': { area: 'sessionStorage', of: 'person' },
  /** The link by which this tab was filming. */
  'plateau.filming': { area: 'sessionStorage', of: 'person' },
  /** This tab's name as a camera. */
  'plateau.device': { area: 'sessionStorage', of: 'person' },
  'plateau.language': { area: 'localStorage', of: 'device' },
  'plateau.mode': { area: 'localStorage', of: 'device' },
  'plateau.tour': { area: 'localStorage', of: 'device' },
} as const;

export type Key = keyof typeof KEPT;

/** The booth's recording on its way to the studio. */
const RECORDING = 'plateau.booth';

// Storage may be forbidden, in a frame for instance: then things hold for this visit.
function within<T>(key: Key, use: (area: Storage) => T): T | null {
  try {
    return use(window[KEPT[key].area]);
  } catch {
    return null;
  }
}

export const kept = (key: Key): string | null => within(key, (area) => area.getItem(key));

export function keep(key: Key, value: string): void {
  within(key, (area) => area.setItem(key, value));
}

export function drop(key: Key): void {
  within(key, (area) => area.removeItem(key));
}

/** The database of the booth's recording. */
export function recordingBase(store: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open(RECORDING, 1);
    open.onupgradeneeded = () => open.result.createObjectStore(store);
    open.onsuccess = () => resolve(open.result);
    open.onerror = () => reject(open.error ?? new Error('no storage'));
  });
}

/** Takes all that is a person's off this device, cookies included. Whatever the studio knows stays there. */
export async function forgetPerson(): Promise<void> {
  for (const key of Object.keys(KEPT) as Key[]) if (KEPT[key].of === 'person') drop(key);
  try {
    indexedDB.deleteDatabase(RECORDING);
  } catch {
    // No storage: nothing is there.
  }
  // A page alone cannot take away a cookie that it must not read.
  await request('/api/participate/forget', { method: 'POST' });
}

/**
 * Calls `forgotten` when what was kept under `key` has gone while this page was not looked at: in another tab, or
 * before the browser brought this page back as it was. Returns how to end that.
 */
export function whenForgotten(key: Key, forgotten: () => void): () => void {
  const look = () => {
    if (kept(key) === null) forgotten();
  };
  const shown = (event: PageTransitionEvent) => {
    if (event.persisted) look();
  };
  addEventListener('storage', look);
  addEventListener('pageshow', shown);
  return () => {
    removeEventListener('storage', look);
    removeEventListener('pageshow', shown);
  };
}

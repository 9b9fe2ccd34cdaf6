import { request, why } from '../common/request';
import { scan } from '../common/scan';
import type { Text } from '../protocol';

export type Address = {
  url: string;
  /** The QR code: from the studio the drawing itself, here a picture's address. */
  qr: string;
};
/** What to share. */
export type Kind = 'certificate' | 'panel' | 'participate' | 'watch';
/** The studio's pages as another device reaches them; no certificate where browsers trust the studio anyway. */
export type Share = Partial<Record<Kind, Address>>;

/** Asks the studio how it is reached; or says why not. */
export async function fetchShare(): Promise<Share | Text> {
  try {
    const doors = Object.entries(await request<Record<Kind, Address | null>>('/api/share'));
    return Object.fromEntries(doors.flatMap(([kind, door]) => (door ? [[kind, address(door)]] : [])));
  } catch (error) {
    return why(error);
  }
}

// As an image a drawing can neither run nor load anything.
function address({ url, qr }: Address): Address {
  return { url, qr: scan(qr) };
}

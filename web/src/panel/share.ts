import type { ReplyError, Text } from '../protocol';
import { strings } from '../strings';

export type Address = {
  url: string;
  /** The QR code as a picture's address. */
  qr: string;
};
/** The studio's pages as another device reaches them. */
export type Share = { panel: Address; participate: Address; watch: Address };

type Answer = { [page in keyof Share]: { url: string; qr: string } };

/** Asks the studio how it is reached; or says why not. */
export async function fetchShare(): Promise<Share | Text> {
  try {
    const answer = await fetch('/api/share', { cache: 'no-store' });
    if (!answer.ok) return ((await answer.json()) as { error: ReplyError }).error.text;
    const { panel, participate, watch } = (await answer.json()) as Answer;
    return { panel: address(panel), participate: address(participate), watch: address(watch) };
  } catch {
    return { fr: strings.fr.login.unreachable, en: strings.en.login.unreachable };
  }
}

// As an image a drawing can neither run nor load anything.
function address({ url, qr }: { url: string; qr: string }): Address {
  return { url, qr: `data:image/svg+xml,${encodeURIComponent(qr)}` };
}

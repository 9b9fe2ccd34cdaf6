// The desk's requests about phones and the booth.

export interface Scan {
  url: string;
  /** SVG. */
  qr: string;
}

export interface Link extends Scan {
  expires_at: number;
  authority: Scan | null;
  fingerprint: string | null;
}

export interface Question {
  text: { fr: string; en: string };
  seconds: number;
}

export interface Received {
  id: string;
  credit: string | null;
  published: boolean;
  started: number;
  stage: 'sent' | 'converted' | 'archived' | 'failed';
  /** Its id in the archive. */
  clip?: string;
  problem?: { text: { fr: string; en: string } };
}

/** The studio said no, with a sentence in both languages; `null`: it did not answer. */
export class No extends Error {
  constructor(readonly text: { fr: string; en: string } | null) {
    super(text?.en);
  }
}

export async function desk<T>(method: string, path: string, json?: unknown): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, { method, ...(json === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(json) }) });
  } catch {
    throw new No(null);
  }
  const text = await answer.text();
  if (answer.ok) return (text ? JSON.parse(text) : undefined) as T;
  try {
    throw new No((JSON.parse(text) as { error: { text: { fr: string; en: string } } }).error.text);
  } catch (error) {
    throw error instanceof No ? error : new No(null);
  }
}

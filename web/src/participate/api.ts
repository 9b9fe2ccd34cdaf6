import type { Text } from '../protocol';

/** Why the studio did not do it, for a person. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    readonly text: Text,
  ) {
    super(text.en);
  }
}

export type Point = 'recorded' | 'live' | 'archived';
export const POINTS: readonly Point[] = ['recorded', 'live', 'archived'];

export type Agreed = { recorded: boolean; live: boolean; archived: boolean; credit: string | null };

export type Own = {
  id: string;
  title: string;
  summary: string;
  planned_seconds: number;
  state: 'proposed' | 'ready' | 'on_air' | 'done' | 'dropped';
  private: boolean;
  started_at: number | null;
  expected_at: number | null;
  place: number | null;
  next: boolean;
  fellows: { id: string; name: string; signed: boolean }[];
  clip: string | null;
};

export type Status = {
  now: number;
  event: string;
  place_name: string;
  person: string;
  name: string;
  agreed: Agreed;
  minor: boolean;
  contact: string | null;
  signed_at: number | null;
  one_guardian: boolean;
  segment: Own | null;
};

export type Part = { id: string; title: string; body: string };
export type Terms = { language: string; title: string; introduction: string; parts: Part[]; text: string; hash: string };
export type Signature = { name: string; typed: boolean; strokes: [number, number][][] };
export type Document = { at: number; kind: string; language: string; text: string; hash: string; points: Point[]; signatures: { own?: Signature; guardians?: Signature[] } };
export type File = { name: string; contact: string | null; agreed: Agreed; documents: Document[] };
export type Handed = { url: string; qr: string };
export type Question = { id: string; text: Text; choices: { id: string; text: Text }[] };

const UNREACHABLE: Text = {
  fr: 'Le studio ne répond pas. Vérifiez le Wi-Fi, puis réessayez.',
  en: 'The studio does not answer. Check the Wi-Fi, then try again.',
};
const PATIENCE_MS = 10_000;

/** One request; rejects with a {@link Refused} whatever went wrong. */
export async function call<T>(method: string, path: string, token: string | null, body?: unknown): Promise<T> {
  const json = body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  return request<T>(path, token, { method, ...json, signal: AbortSignal.timeout?.(PATIENCE_MS) });
}

/** A file as it is; a venue's Wi-Fi may take its time. */
export async function send(path: string, token: string | null, file: Blob): Promise<void> {
  await request(path, token, { method: 'POST', headers: { 'Content-Type': file.type }, body: file });
}

async function request<T>(path: string, token: string | null, init: RequestInit & { headers?: Record<string, string> }): Promise<T> {
  const headers = { ...init.headers, ...(token && { Authorization: `Bearer ${token}` }) };
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`/api/participate/${path}`, { ...init, headers, cache: 'no-store' });
    text = await answer.text();
  } catch {
    throw new Refused('unreachable', UNREACHABLE);
  }
  if (!answer.ok) {
    let refused = new Refused('unreachable', UNREACHABLE);
    try {
      const { error } = JSON.parse(text) as { error: { code: string; text: Text } };
      refused = new Refused(error.code, error.text);
    } catch {
      // Not from the studio: something between has answered.
    }
    throw refused;
  }
  return (text ? JSON.parse(text) : undefined) as T;
}

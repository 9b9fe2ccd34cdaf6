import { request } from '../common/request';
import type { Answer, ReplyError, Standing, Text } from '../protocol';

export type { Answer };

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
  fellows: { id: string; name: string | null; signed: boolean; guardians_missing: number; may_be_invited: boolean }[];
  clip: string | null;
};

/** A clip to look at before the public does. */
export type Film = { cut: string; duration_ms: number; answer: Answer | null; awaited: number; standing: Standing };

export type Status = {
  now: number;
  event: string;
  place_name: string;
  person: string;
  name: string;
  agreed: Agreed;
  may_give_photo: boolean;
  minor: boolean;
  contact: string | null;
  signed_at: number | null;
  one_guardian: boolean;
  /** Whether each guardian has signed a form that waits for those who sign elsewhere; empty: none waits. */
  guardians: boolean[];
  /** Who signed for a minor, by the names they wrote. */
  signed_guardians: string[];
  seen_first: boolean;
  film: Film | null;
  segment: Own | null;
};

/** `error`: the agreement is recorded, but not followed everywhere yet. */
export type Signed = { token: string; status: Status; error?: ReplyError };

export type Part = { id: string; title: string; body: string };
export type Terms = { language: string; title: string; introduction: string; parts: Part[]; text: string; hash: string };
export type Signature = { name: string; typed: boolean; strokes: [number, number][][]; elsewhere?: boolean };
/** What a guardian's own link opens. `error`: the signature is kept, but not followed everywhere yet. */
export type GuardianPage = {
  event: string;
  place_name: string;
  title: string;
  child: string;
  guardian: number;
  signed: boolean;
  language: string;
  hash: string;
  points: Point[];
  credit: { kind: 'none' } | { kind: 'name'; name: string };
  error?: ReplyError;
};
export type Document = {
  at: number;
  kind: string;
  language: string;
  text: string;
  hash: string;
  points: Point[];
  signatures: { own?: Signature; guardians?: Signature[] };
};
export type File = { name: string; contact: string | null; agreed: Agreed; documents: Document[] };
export type Handed = { url: string; qr: string };
export type Question = { id: string; text: Text; choices: { id: string; text: Text }[] };

const PATIENCE_MS = 10_000;

/** A citizen's request; rejects with a `Refusal` alone. */
export const call = <T>(method: string, path: string, token: string | null, json?: unknown): Promise<T> =>
  request<T>(`/api/participate/${path}`, { method, token, json, patience: PATIENCE_MS });

import type { ReplyError, Text } from '../protocol';

/** Why the studio did not do it, for a person. */
export class Refusal extends Error {
  constructor(
    /** Empty where it was not the studio that answered, or nobody did. */
    readonly code: string,
    readonly text: Text,
    /** The answer's, where there was one. */
    readonly status = 0,
  ) {
    super(text.en);
  }

  /** The studio itself has said no, and would say it again. */
  get final(): boolean {
    return this.code !== '' && this.status < 500 && this.status !== 408 && this.status !== 429;
  }
}

export const UNREACHABLE: Text = {
  fr: 'Le studio ne répond pas. Vérifiez le Wi-Fi, puis réessayez.',
  en: 'The studio does not answer. Check the Wi-Fi, then try again.',
};

export type Asking = Omit<RequestInit, 'headers'> & {
  headers?: Record<string, string>;
  json?: unknown;
  /** Of a personal link. */
  token?: string | null;
  /** How long the answer may take, milliseconds. */
  patience?: number;
};

/** The answer to a request, for whoever wants more of it than its JSON; rejects with a {@link Refusal} alone. */
export async function answer(path: string, { headers, json, token, patience, ...init }: Asking = {}): Promise<Response> {
  const given = await fetch(path, {
    cache: 'no-store',
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...(patience && { signal: late(patience) }),
    ...init,
    headers: {
      ...(json !== undefined && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
  }).catch(() => null);
  if (given?.ok) return given;
  const said = (await given?.json().catch(() => null)) as { error?: ReplyError } | null | undefined;
  throw new Refusal(said?.error?.code ?? '', said?.error?.text ?? UNREACHABLE, given?.status);
}

/** What the studio answers; rejects with a {@link Refusal} alone. */
export async function request<T>(path: string, asking?: Asking): Promise<T> {
  const given = await answer(path, asking);
  try {
    const text = await given.text();
    return (text ? JSON.parse(text) : undefined) as T;
  } catch {
    // Cut off, or from something between: a café's login page says 200.
    throw new Refusal('', UNREACHABLE);
  }
}

/** The sentence for what went wrong; a fault of the page's own goes on to the console. */
export function why(error: unknown): Text {
  if (error instanceof Refusal) return error.text;
  throw error;
}

// `AbortSignal.timeout` is younger than the tablets that people own.
function late(ms: number): AbortSignal {
  const control = new AbortController();
  setTimeout(() => control.abort(), ms);
  return control.signal;
}

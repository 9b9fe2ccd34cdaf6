// What the studio answers the desk about phones and the booth.

import type { Text } from '../../protocol';

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
  text: Text;
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
  problem?: { text: Text };
}

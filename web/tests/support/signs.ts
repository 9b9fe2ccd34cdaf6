import type { Participant } from '../../src/protocol.ts';
import type { Remote } from './remote.ts';
import type { Studio } from './studio.ts';
import { expect } from './test.ts';

/** Enters somebody's paper form at the desk. */
export async function signs(studio: Studio, remote: Remote, person: Participant, credit: object): Promise<void> {
  const terms = (await (await fetch(`${studio.url}/api/participate/terms?language=fr`)).json()) as { hash: string };
  const answer = await fetch(`${studio.url}/api/people/${person.id}/sign`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${remote.token}` },
    body: JSON.stringify({
      ...{ language: 'fr', hash: terms.hash, points: ['recorded', 'live'], credit },
      signature: { name: person.name, typed: true },
    }),
  });
  expect(answer.ok, await answer.text()).toBe(true);
}

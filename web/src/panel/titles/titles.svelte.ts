import { t } from '../../common/language.svelte';
import type { State, TitleTemplate } from '../../protocol';
import { desk } from '../desk.svelte';
import { ask } from '../notices.svelte';
import { nearestSegment } from './people';

export type Fields = Record<string, string>;
/** A title shown before, to show again. */
export type OldTitle = { template: string; fields: Fields };

const KEPT = 12;
/** Most used first; a designer's own templates follow. What viewers write is shown from their messages. */
const ORDER = ['lower-third', 'free-text', 'title-card', 'clock', 'countdown', 'licence'];
const NOT_HERE = ['comment'];

/** Templates in the order of the buttons. */
export function choices(show: State): TitleTemplate[] {
  const rank = ({ id }: TitleTemplate) => (ORDER.includes(id) ? ORDER.indexOf(id) : ORDER.length);
  return show.title_templates.filter(({ id }) => !NOT_HERE.includes(id)).sort((a, b) => rank(a) - rank(b));
}

/** What is typed in the titles tool; kept while another tab is open, and never longer than the page. */
class Titles {
  template = $state('lower-third');
  fields = $state<Fields>({});
  /** 0: it stays. */
  seconds = $state(8);
  /** Of the countdown. */
  minutes = $state(5);
  recent = $state<OldTitle[]>([]);

  /** What a field says when nobody has typed anything. */
  preset(show: State, template: string, field: string): string {
    if (template === 'title-card' && field === 'title') return nearestSegment(show)?.title ?? show.studio.title;
    if (template === 'title-card' && field === 'subtitle') return show.studio.place;
    if (template === 'licence' && field === 'credit') return show.studio.title;
    return '';
  }

  /**
   * Shows a title; undo takes it away, or brings back what it replaced. `agreed`: whoever is named agrees to it.
   * Resolves to whether it was shown.
   */
  async show(show: State, template: string, fields: Fields, seconds: number | null, agreed = false): Promise<boolean> {
    const before = show.titles.find((title) => title.template === template);
    const done = await ask('titles', { command: 'title_show', template, fields, seconds, agreed });
    if (!done) return false;
    // One tap offers nobody's name again that they agreed to this once.
    if (!agreed) this.#remember(template, fields);
    const back = before && !before.until;
    desk.remember(
      t().switcher.undoTitle(words(fields)),
      'titles',
      back ? { command: 'title_show', template, fields: before.fields, agreed: false } : { command: 'title_hide', template },
    );
    return true;
  }

  /** Takes a title away; undo brings it back, for good if it would have stayed. */
  async hide(show: State, template: string): Promise<void> {
    const before = show.titles.find((title) => title.template === template);
    const done = await ask('titles', { command: 'title_hide', template });
    if (!done || !before) return;
    const seconds = before.until === null ? null : this.seconds || null;
    const { fields } = before;
    desk.remember(t().switcher.undoTitle(words(fields)), 'titles', { command: 'title_show', template, fields, seconds, agreed: false });
  }

  #remember(template: string, fields: Fields): void {
    if (template === 'countdown' || !Object.values(fields).some(Boolean)) return;
    const others = this.recent.filter((old) => !same(old, { template, fields }));
    this.recent = [{ template, fields: { ...fields } }, ...others].slice(0, KEPT);
  }
}

/** The first of a title's texts that people read; empty if it only counts. */
export const words = ({ seconds: _counted, ...fields }: { [key in string]?: string }) => Object.values(fields).find(Boolean) ?? '';

/** Whether two titles say the same. */
export function same(a: OldTitle, b: OldTitle): boolean {
  const texts = ({ fields }: OldTitle) => Object.entries(fields).filter(([, text]) => text);
  return a.template === b.template && JSON.stringify(texts(a).sort()) === JSON.stringify(texts(b).sort());
}

export const titles = new Titles();

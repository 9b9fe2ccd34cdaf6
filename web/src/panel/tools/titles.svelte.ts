/** A title shown before, to show again. */
export type OldTitle = { template: string; fields: Record<string, string> };

const KEPT = 12;

/** What is typed in the titles tool; kept while another tab is open. */
class Titles {
  template = $state('');
  fields = $state<Record<string, string>>({});
  /** 0: it stays. */
  seconds = $state(8);
  recent = $state<OldTitle[]>([]);

  remember(template: string, fields: Record<string, string>): void {
    if (!Object.values(fields).some(Boolean)) return;
    const key = JSON.stringify({ template, fields });
    const others = this.recent.filter((old) => JSON.stringify({ template: old.template, fields: old.fields }) !== key);
    this.recent = [{ template, fields }, ...others].slice(0, KEPT);
  }

  recall(old: OldTitle): void {
    this.template = old.template;
    this.fields = { ...this.fields, ...old.fields };
  }
}

export const titles = new Titles();

/** `2026-11-24T14` is 14 h to 15 h of that day; `2026-11-24T14/2026-11-24T16` hours that were merged. */
export function hours(of: string, locale: string): string {
  const [first = '', last = first] = of.split('/');
  const at = (text: string) => ({ day: text.slice(0, 10), hour: Number(text.slice(11, 13)) });
  const name = (day: string) => new Date(`${day}T12:00`).toLocaleDateString(locale, { day: 'numeric', month: 'short' });
  const [from, until] = [at(first), at(last)];
  const hour = (n: number) => (locale.startsWith('fr') ? `${n} h` : `${n}:00`);
  if (from.day === until.day) return `${name(from.day)}, ${hour(from.hour)} – ${hour(until.hour + 1)}`;
  return `${name(from.day)}, ${hour(from.hour)} – ${name(until.day)}, ${hour(until.hour + 1)}`;
}

const fr = {
  test: 'Tester',
  testing: 'Test…',
  sheet: 'Avant de diffuser',
  title: 'Titre',
  description: 'Description',
  copy: 'Copier',
  copied: 'Copié',
  hours: (n: number) => `Un direct dure ${n} h au plus.`,
  sent: (text: string) => `${text} envoyés`,
  day: 'La journée',
  viewers: 'Public sur la page',
  bitrate: (label: string) => `${label}, en kbit/s`,
  most: (n: number) => `${n} au plus`,
  losses: (dropped: number, back: number) => `${dropped} images perdues, ${back} reconnexions`,
  nothing: 'Le graphique se remplit minute après minute.',
};

export type Strings = typeof fr;

const en: Strings = {
  test: 'Test',
  testing: 'Testing…',
  sheet: 'Before going live',
  title: 'Title',
  description: 'Description',
  copy: 'Copy',
  copied: 'Copied',
  hours: (n) => `One broadcast lasts ${n} h at most.`,
  sent: (text) => `${text} sent`,
  day: 'The day',
  viewers: 'Viewers of the page',
  bitrate: (label) => `${label}, in kbit/s`,
  most: (n) => `${n} at most`,
  losses: (dropped, back) => `${dropped} pictures lost, ${back} reconnections`,
  nothing: 'The chart fills minute by minute.',
};

export const words = { fr, en };

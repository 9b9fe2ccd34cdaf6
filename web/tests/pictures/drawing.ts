// A plateau drawn by hand, for pictures of the panel in which nobody real is shown. Each drawing is a
// function of the phase of its loop, 0 ≤ phase < 1, so that the cameras move.

export type Camera = 'wide' | 'guest' | 'host' | 'phone';

const wave = (phase: number, turns: number, shift = 0) => Math.sin(2 * Math.PI * (phase * turns + shift));

/** Books on shelves; the same ones every time. */
function shelves(x: number, y: number, columns: number, rows: number, size: number): string {
  const colours = ['#c8553d', '#f28f3b', '#588b8b', '#2d6a6a', '#e9c46a', '#8a5a44', '#6d597a', '#b56576', '#3d5a80', '#d9b99b'];
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  let drawn = `<rect x="${x}" y="${y}" width="${columns * size}" height="${rows * size}" fill="#5b4033"/>`;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [left, top] = [x + column * size + size * 0.05, y + row * size + size * 0.08];
      drawn += `<rect x="${left}" y="${top}" width="${size * 0.9}" height="${size * 0.86}" fill="#3c2a21"/>`;
      for (let at = size * 0.03; at < size * 0.8;) {
        const width = size * (0.07 + random() * 0.08);
        const height = size * (0.5 + random() * 0.3);
        if (random() < 0.9)
          drawn += `<rect x="${left + at}" y="${top + size * 0.84 - height}" width="${width}" height="${height}" rx="${size * 0.01}" fill="${colours[Math.floor(random() * colours.length)]}"/>`;
        at += width + size * 0.012;
      }
    }
  return drawn;
}

type Person = {
  skin: string;
  shade: string;
  hair: string;
  top: string;
  collar: string;
  style: 'bun' | 'bob' | 'short';
  glasses?: boolean;
  /** Speaks: the mouth and the head move more. */
  speaks?: boolean;
  /** Where they look, -1 left … 1 right. */
  looks: number;
};

/** Head and shoulders around the origin: the chin is at y = 0, the head about 100 wide. */
function person(p: Person, phase: number, shift: number): string {
  const nod = (p.speaks ? 2.4 : 1.2) * wave(phase, 1, shift) + (p.speaks ? 1.2 * wave(phase, 3, shift) : 0);
  const sway = 1.6 * wave(phase, 1, shift + 0.3);
  const open = p.speaks ? Math.max(0, 5 * wave(phase, 5, shift) + 3 * wave(phase, 8)) : 0;
  const blink = (phase * 2 + shift) % 1 < 0.05 ? 0.15 : 1;
  const dx = 6 * p.looks;
  const eye = (x: number) =>
    `<ellipse cx="${x + dx}" cy="-62" rx="4.6" ry="${6 * blink}" fill="#2b2320"/><circle cx="${x + dx + 1.6}" cy="-64" r="${1.5 * blink}" fill="#fff"/>`;
  const back =
    p.style === 'bob'
      ? `<path d="M-62 -70 C-66 -140 66 -140 62 -70 L60 4 Q46 22 38 4 L38 -40 L-38 -40 L-38 4 Q-46 22 -60 4 Z" fill="${p.hair}"/>`
      : p.style === 'bun'
        ? `<circle cx="4" cy="-142" r="27" fill="${p.hair}"/><ellipse cx="0" cy="-82" rx="56" ry="52" fill="${p.hair}"/>`
        : `<ellipse cx="0" cy="-86" rx="54" ry="46" fill="${p.hair}"/>`;
  const fringe =
    p.style === 'short'
      ? `<path d="M-50 -70 C-56 -132 50 -140 52 -72 C40 -98 8 -108 -50 -70 Z" fill="${p.hair}"/>`
      : `<path d="M-51 -62 C-54 -128 54 -128 51 -62 C42 -92 20 -102 ${-10 + dx} -104 C-24 -100 -42 -88 -51 -62 Z" fill="${p.hair}"/>`;
  const glasses = p.glasses
    ? `<g fill="#ffffff2e" stroke="#2b2320" stroke-width="3.4"><rect x="${-34 + dx}" y="-76" width="28" height="26" rx="11"/><rect x="${8 + dx}" y="-76" width="28" height="26" rx="11"/><path d="M${-6 + dx} -66 Q${1 + dx} -71 ${8 + dx} -66" fill="none"/></g>`
    : '';
  return `
    <path d="M-128 214 C-128 96 -96 52 -36 38 L36 38 C96 52 128 96 128 214 Z" fill="${p.top}"/>
    <path d="M-40 36 L0 84 L40 36 L26 24 L-26 24 Z" fill="${p.collar}"/>
    <path d="M-22 -12 L22 -12 L24 34 Q0 56 -24 34 Z" fill="${p.shade}"/>
    <g transform="translate(${sway} ${nod}) rotate(${sway * 0.7})">
      ${back}
      <circle cx="-50" cy="-54" r="10" fill="${p.shade}"/><circle cx="50" cy="-54" r="10" fill="${p.shade}"/>
      <path d="M-49 -64 C-50 -128 50 -128 49 -64 C48 -22 24 4 0 4 C-24 4 -48 -22 -49 -64 Z" fill="${p.skin}"/>
      ${fringe}
      <g stroke="${p.hair}" stroke-width="4.4" stroke-linecap="round" fill="none"><path d="M${-30 + dx} ${-79 - nod * 0.4} q10 -6 20 -1"/><path d="M${12 + dx} ${-80 - nod * 0.4} q10 -5 20 1"/></g>
      ${eye(-20)}${eye(22)}${glasses}
      <path d="M${1 + dx * 1.5} -56 q${6 * Math.sign(p.looks || 1)} 16 -3 18" fill="none" stroke="${p.shade}" stroke-width="4" stroke-linecap="round"/>
      <circle cx="${-31 + dx}" cy="-38" r="9" fill="#e2725b" opacity="0.22"/><circle cx="${33 + dx}" cy="-38" r="9" fill="#e2725b" opacity="0.22"/>
      <path d="M${-14 + dx} -24 Q${dx} ${-14 + open * 1.6} ${15 + dx} -25 Q${dx} ${-19 - open * 0.2} ${-14 + dx} -24 Z" fill="#8c2f39" stroke="#8c2f39" stroke-width="3" stroke-linejoin="round"/>
    </g>
    <rect x="-3" y="84" width="6" height="20" rx="3" fill="#1d1d1f"/><circle cx="0" cy="84" r="6" fill="#1d1d1f"/>`;
}

const guest: Person = {
  skin: '#e8b08c',
  shade: '#cf8f6c',
  hair: '#5a2e1f',
  top: '#e0a526',
  collar: '#fbf3dd',
  style: 'bun',
  speaks: true,
  looks: -0.7,
};
const host: Person = {
  skin: '#9c6644',
  shade: '#7f4f33',
  hair: '#1f1a1c',
  top: '#27616b',
  collar: '#f4f1ea',
  style: 'bob',
  glasses: true,
  looks: 0.7,
};

function table(y: number): string {
  return `<ellipse cx="320" cy="${y}" rx="190" ry="26" fill="#f1e3cd"/><ellipse cx="320" cy="${y + 6}" rx="190" ry="26" fill="#cdb894"/><ellipse cx="320" cy="${y}" rx="190" ry="26" fill="#f6ead7"/>
    <g transform="translate(296 ${y - 34})"><rect width="34" height="40" rx="6" fill="#e5a823"/><rect y="9" width="34" height="16" fill="#fff3cf"/><rect x="-2" y="-7" width="38" height="10" rx="3" fill="#8a5a2b"/></g>
    <g transform="translate(356 ${y - 22})"><path d="M0 0h20l-3 26H3z" fill="#dfeef2" opacity="0.85"/></g>`;
}

function plant(x: number, y: number, size: number, phase: number): string {
  const leaf = (turn: number) =>
    `<ellipse cx="0" cy="${-size * 0.62}" rx="${size * 0.16}" ry="${size * 0.5}" fill="#3f7d58" transform="rotate(${turn + 1.5 * wave(phase, 1, turn / 90)})"/>`;
  return `<g transform="translate(${x} ${y})">${[-52, -26, 0, 27, 50].map(leaf).join('')}<path d="M${-size * 0.26} ${-size * 0.1}h${size * 0.52}l${-size * 0.07} ${size * 0.5}h${-size * 0.38}z" fill="#c8684a"/></g>`;
}

const drawings: Record<Camera, (phase: number) => string> = {
  wide: (phase) => `
    <rect width="640" height="360" fill="#e6d3b7"/><rect y="292" width="640" height="68" fill="#8f5f3f"/>
    ${shelves(120, 26, 8, 4, 50)}
    <rect x="36" y="40" width="62" height="84" rx="3" fill="#fff8ea"/><path d="M67 56l16 9v18l-16 9-16-9V65z" fill="#e5a823"/><rect x="50" y="104" width="34" height="5" fill="#5b4033"/>
    ${plant(582, 300, 96, phase)}
    <g transform="translate(212 196) scale(0.62)">${person(host, phase, 0.2)}</g>
    <g transform="translate(432 198) scale(0.62)">${person(guest, phase, 0)}</g>
    ${table(300)}`,
  guest: (phase) => `
    <rect width="640" height="360" fill="#5b4033"/><g filter="url(#soft)">${shelves(-20, -30, 6, 4, 116)}</g>
    <rect width="640" height="360" fill="#3b2418" opacity="0.28"/>
    <g transform="translate(330 234) scale(1.2)">${person(guest, phase, 0)}</g>`,
  host: (phase) => `
    <rect width="640" height="360" fill="#d8c3a5"/><g filter="url(#soft)"><rect x="0" width="210" height="360" fill="#8fb3a9"/><rect x="30" y="30" width="150" height="220" fill="#c9e4ea"/><path d="M30 170q40-40 75-10t75-20v110H30z" fill="#7ea172"/><rect x="102" y="30" width="6" height="220" fill="#f4efe4"/>${plant(560, 380, 210, phase)}</g>
    <g transform="translate(316 222) scale(1.3)">${person(host, phase, 0.2)}</g>
    <g transform="translate(250 ${338 + 3 * wave(phase, 1)}) rotate(-5)"><rect width="150" height="60" rx="4" fill="#fffaf0"/><rect x="14" y="12" width="96" height="5" fill="#c9b99c"/><rect x="14" y="24" width="112" height="5" fill="#c9b99c"/></g>`,
  phone: (phase) => `
    <rect width="640" height="360" fill="#2c2334"/><path d="M180 0L60 360H580L460 0z" fill="#fbe7b2" opacity="0.16"/>
    <rect x="150" y="60" width="340" height="150" fill="#e6d3b7"/>${shelves(190, 66, 8, 3, 32)}<rect x="120" y="206" width="400" height="16" fill="#8f5f3f"/>
    <g transform="translate(256 150) scale(0.33)">${person(host, phase, 0.2)}</g><g transform="translate(384 151) scale(0.33)">${person(guest, phase, 0)}</g>
    <g transform="translate(157 103) scale(0.51)">${table(206)}</g>
    ${[
      [70, 330, 44, '#3a2d45'],
      [190, 345, 48, '#4a3550'],
      [318, 336, 45, '#35283f'],
      [440, 348, 50, '#43324c'],
      [570, 332, 46, '#3a2d45'],
    ]
      .map(
        ([x, y, r, colour], i) =>
          `<g transform="translate(${Number(x) + 3 * wave(phase, 1, i * 0.23)} ${y})"><circle r="${r}" fill="${colour}"/><rect x="-${Number(r) * 1.5}" y="${Number(r) * 0.8}" width="${Number(r) * 3}" height="120" rx="40" fill="${colour}"/></g>`,
      )
      .join('')}`,
};

/** One picture of a camera, 640 × 360. */
export function draw(camera: Camera, phase: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" width="640" height="360"><defs><filter id="soft"><feGaussianBlur stdDeviation="5"/></filter></defs>${drawings[camera](phase)}</svg>`;
}

// The desk's page of a clip.
'use strict';
const page = document.querySelector('.edit');
const id = page.dataset.clip;
const film = document.getElementById('player');
const said = document.getElementById('said');

function say(text, wrong) {
  said.textContent = text;
  said.classList.toggle('wrong', Boolean(wrong));
  said.scrollIntoView({ block: 'nearest' });
}

/** Sends a change; says what came of it. */
async function send(method, path, body, kind = 'application/json') {
  try {
    const answer = await fetch(`/api/archive/${id}${path}`, { method, body, headers: body ? { 'Content-Type': kind } : {} });
    if (answer.ok) {
      say(page.dataset.saved);
      return true;
    }
    const { error } = await answer.json();
    say(error.text[page.dataset.lang] ?? error.message, true);
  } catch {
    say(page.dataset.failed, true);
  }
  return false;
}

const clock = (seconds) => {
  const whole = Math.floor(seconds);
  const rest = String(whole % 60).padStart(2, '0');
  return whole >= 3600
    ? `${Math.floor(whole / 3600)}:${String(Math.floor(whole / 60) % 60).padStart(2, '0')}:${rest}`
    : `${Math.floor(whole / 60)}:${rest}`;
};
const seconds = (text) => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

document.getElementById('words').addEventListener('submit', async (event) => {
  event.preventDefault();
  const fields = new FormData(event.target);
  const lines = (name) => String(fields.get(name) ?? '').split('\n').map((line) => line.trim()).filter(Boolean);
  const update = {
    title: fields.get('title'),
    summary: fields.get('summary'),
    language: fields.get('language'),
    tags: String(fields.get('tags')).split(',').map((tag) => tag.trim()).filter(Boolean),
    credits: lines('credits').map((line) => {
      const [name, role = ''] = line.split('|').map((part) => part.trim());
      return { name, role };
    }),
  };
  const chapters = event.target.elements.chapters;
  // The field shows whole seconds: what nobody touched keeps its frame.
  if (chapters && chapters.value !== chapters.defaultValue) {
    update.chapters = lines('chapters').map((line) => {
      const [at, ...label] = line.split(/\s+/);
      return { at_ms: Math.max(0, Math.round(seconds(at) * 1000) || 0), label: label.join(' ') };
    });
  }
  const rights = event.target.elements.rights;
  if (rights && rights.value !== rights.defaultValue) update.rights_notice = rights.value;
  // Whoever types a transcript answers for it: what nobody touched goes on following the captions.
  const transcript = event.target.elements.transcript;
  if (transcript && transcript.value !== transcript.defaultValue) update.transcript = transcript.value;
  await send('PATCH', '', JSON.stringify(update));
});

for (const button of document.querySelectorAll('[data-post]')) {
  button.addEventListener('click', async () => {
    const needed = button.dataset.needs && document.getElementById(button.dataset.needs);
    if (needed && !needed.checked) return needed.focus();
    if (await send('POST', `/${button.dataset.post}`)) location.reload();
  });
}

if (film) {
  // A cut that a participant asks for: looked at first, then made.
  let stopAt = Infinity;
  film.addEventListener('timeupdate', () => {
    if (film.currentTime < stopAt) return;
    film.pause();
    stopAt = Infinity;
  });
  for (const button of document.querySelectorAll('[data-look]')) {
    button.addEventListener('click', () => {
      film.currentTime = button.dataset.look / 1000;
      stopAt = button.dataset.until / 1000;
      film.scrollIntoView({ block: 'nearest' });
      film.play();
    });
  }
  for (const button of document.querySelectorAll('[data-cut]')) {
    button.addEventListener('click', async () => {
      const { cut: from, until } = button.dataset;
      if (await send('PATCH', '', JSON.stringify({ from_ms: Number(from), until_ms: Number(until) }))) location.reload();
    });
  }

  const cut = { from: 0, until: Number(page.dataset.length) };
  for (const end of ['from', 'until']) {
    document.getElementById(`cut-${end}`).addEventListener('click', () => {
      cut[end] = film.currentTime;
      document.getElementById(end).textContent = clock(film.currentTime);
    });
  }
  document.getElementById('cut-now').addEventListener('click', async () => {
    const update = { from_ms: Math.round(cut.from * 1000), until_ms: Math.round(cut.until * 1000) };
    if (await send('PATCH', '', JSON.stringify(update))) location.reload();
  });
  document.getElementById('poster').addEventListener('click', () => {
    send('PATCH', '', JSON.stringify({ poster_ms: Math.round(film.currentTime * 1000) }));
  });

  // Captions: a line for each, its times beside it.
  const list = document.getElementById('cues');
  const language = document.getElementById('caption-language');
  let current = null;
  // Where cues may stand, as the file says it.
  let regions = [];
  const stamp = (at) => {
    const rest = at % 60;
    return `${String(Math.floor(at / 3600)).padStart(2, '0')}:${String(Math.floor(at / 60) % 60).padStart(2, '0')}:${rest.toFixed(3).padStart(6, '0')}`;
  };
  const add = (from, until, text = '', name = '', settings = '') => {
    const row = Object.assign(document.createElement('li'), { name, settings });
    const times = document.createElement('button');
    const field = document.createElement('textarea');
    row.from = from;
    row.until = until;
    times.type = 'button';
    times.addEventListener('click', () => { film.currentTime = row.from; });
    field.rows = 2;
    field.dir = 'auto';
    field.value = text;
    field.addEventListener('focus', () => { current = row; });
    row.show = () => {
      times.textContent = `${clock(row.from)} – ${clock(row.until)}`;
      field.setAttribute('aria-label', times.textContent);
    };
    row.show();
    row.append(times, field);
    const after = [...list.children].find((other) => other.from > from);
    list.insertBefore(row, after ?? null);
    return row;
  };
  const begin = () => {
    const at = film.currentTime;
    current = add(at, at + 3);
    current.querySelector('textarea').focus();
  };
  const finish = () => {
    if (!current || film.currentTime <= current.from) return;
    current.until = film.currentTime;
    current.show();
  };
  const text = () => {
    const cues = [...list.children].map((row) => ({ row, said: row.querySelector('textarea').value.trim() }));
    const blocks = cues.filter(({ said }) => said).map(({ row, said }) => {
      const times = `${stamp(row.from)} --> ${stamp(row.until)} ${row.settings}`.trim();
      return `${row.name && `${row.name}\n`}${times}\n${said.replace(/\n{2,}/g, '\n')}`;
    });
    return blocks.length ? `WEBVTT\n\n${[...regions, ...blocks].join('\n\n')}\n` : null;
  };
  const load = async () => {
    list.replaceChildren();
    regions = [];
    const answer = await fetch(`${document.getElementById('captions').dataset.file}${language.value}.vtt`, { cache: 'no-store' });
    if (!answer.ok) return;
    for (const block of (await answer.text()).split('\n\n').slice(1)) {
      const lines = block.replace(/^\n+|\n+$/g, '').split('\n');
      if (lines[0] === 'REGION') {
        regions.push(lines.join('\n'));
        continue;
      }
      const name = lines[0].includes('-->') ? '' : lines.shift();
      const [start, rest = ''] = (lines.shift() ?? '').split(' --> ');
      const [end, ...settings] = rest.split(' ');
      if (seconds(end) > seconds(start)) add(seconds(start), seconds(end), lines.join('\n'), name, settings.join(' '));
    }
  };
  language.addEventListener('change', load);
  load();
  document.getElementById('cue-in').addEventListener('click', begin);
  document.getElementById('cue-out').addEventListener('click', finish);
  document.getElementById('cues-save').addEventListener('click', () => {
    const file = text();
    if (file) send('PUT', `/captions/${language.value}`, file, 'text/vtt');
    else send('DELETE', `/captions/${language.value}`);
  });
  document.getElementById('cues-file').addEventListener('change', async (event) => {
    const [file] = event.target.files;
    if (file && (await send('PUT', `/captions/${language.value}`, file, 'text/vtt'))) await load();
  });
  document.addEventListener('keydown', (event) => {
    const key = `${event.ctrlKey ? 'C' : ''}${event.altKey ? 'A' : ''}${event.key}`;
    const act = {
      CEnter: () => (film.paused ? film.play() : film.pause()),
      AArrowLeft: () => { film.currentTime -= 2; },
      AArrowRight: () => { film.currentTime += 2; },
      Ci: begin,
      Co: finish,
    }[key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

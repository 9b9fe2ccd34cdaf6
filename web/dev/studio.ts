import { spawn, type ChildProcess } from 'node:child_process';
import type { WebSocket } from 'ws';

import type { Command, Event, Message, OutputState, Role, Scene, SourceState, State } from '../src/protocol';
import { apply } from '../src/studio/apply.ts';

const source = (label: string, more: Partial<SourceState> = {}): SourceState => ({
  label,
  kind: 'test',
  status: 'live',
  problem: null,
  picture: true,
  sound: true,
  audio: { gain_db: 0, mute: false, follow: true },
  media: null,
  ...more,
});
const output = (label: string, kind: string): OutputState => ({
  label,
  kind,
  status: 'off',
  problem: null,
  since: null,
  retry_at: null,
  bitrate_kbps: 0,
  dropped_frames: 0,
  reconnections: 0,
  sent_bytes: 0,
  tested: null,
  file: null,
});
const crop = { left: 0, right: 0, top: 0, bottom: 0 };
const layer = (source: string, x: number, y: number, width: number, height: number) => ({
  source, x, y, width, height, fit: 'cover' as const, crop,
});
const scene = (id: string, label: string, ...layers: Scene['layers']): Scene => ({ id, label, layers, automatic: false, microphones: [] });

const sources: Record<string, SourceState> = {
  cam1: source('Caméra 1 · Plan large'),
  cam2: source('Caméra 2 · Invitée'),
  cam3: source('Caméra 3 · Animatrice'),
  phone1: source('Téléphone de Karim, côté public', { kind: 'phone' }),
  phone2: source('Téléphone d’Inès', {
    kind: 'phone',
    status: 'lost',
    problem: {
      code: 'source_lost',
      fault: 'other_side',
      text: {
        fr: 'Le téléphone d’Inès n’envoie plus d’image. Demandez-lui de rouvrir la page de sa caméra.',
        en: 'Inès’s phone sends no more pictures. Ask her to open its camera page again.',
      },
    },
  }),
  generique: source('Générique', {
    kind: 'media',
    status: 'off',
    media: { playing: false, repeat: false, position_ms: 0, duration_ms: 12_000, ends_at: null },
  }),
  micro1: source('Micro main', { kind: 'alsa', picture: false, audio: { gain_db: 0, mute: false, follow: false } }),
  micro2: source('Micro cravate', { kind: 'alsa', picture: false, audio: { gain_db: -6, mute: true, follow: false } }),
};

/** Enough of a studio to draw the panel against; nothing of it is true. */
export class FakeStudio {
  #rev = 1;
  #clients = new Set<Client>();
  #state: State = {
    studio: {
      title: 'Fête du Miel', place: 'L’Aquarium, médiathèque de Mouans-Sartoux', language: 'fr', licence: 'CC-BY-SA-4.0',
      version: '0.1.0', started_at: Date.now(), width: 1280, height: 720, framerate: 25, encoder: 'x264enc',
      encoder_hardware: false, profile: 'balanced', bitrate_kbps: 2500,
    },
    program: { scene: 'cam1', since: Date.now() },
    preview: 'cam2',
    slate: false,
    rehearsal: false,
    sources,
    scenes: [
      ...Object.entries(sources).filter(([, s]) => s.picture).map(([id, s]) => ({ ...scene(id, s.label, layer(id, 0, 0, 1, 1)), automatic: true })),
      scene('duo', 'Duo', layer('cam1', 0, 0, 0.5, 1), layer('cam2', 0.5, 0, 0.5, 1)),
      scene('trio', 'Trio', layer('cam1', 0, 0, 0.6, 1), layer('cam2', 0.6, 0, 0.4, 0.5), layer('cam3', 0.6, 0.5, 0.4, 0.5)),
      scene('pip', 'Incrustation', layer('cam1', 0, 0, 1, 1), layer('phone1', 0.68, 0.64, 0.28, 0.28)),
      scene('presentation', 'Animatrice et écran du public', layer('phone1', 0, 0, 0.7, 0.7), layer('cam3', 0.7, 0.3, 0.3, 0.7)),
    ],
    outputs: { peertube: output('PeerTube', 'rtmp'), youtube: output('YouTube', 'rtmp'), hls: output('Page du direct', 'hls'), log: output('Programme entier', 'file') },
    recording: { on: false, since: null, file: null, problem: null },
    titles: [],
    title_templates: [
      { id: 'lower-third', label: { fr: 'Bandeau', en: 'Lower third' }, fields: ['name', 'role'] },
      { id: 'card', label: { fr: 'Carton', en: 'Title card' }, fields: ['title', 'subtitle'] },
      { id: 'clock', label: { fr: 'Horloge', en: 'Clock' }, fields: [] },
    ],
    segment: null,
    rundown: [],
    drift_seconds: 300,
    clock_message: null,
    questions: [],
    voices: { networks: {}, blocked: [] },
    audience: { viewers: 12, most: 31, applause: 0, applause_shown: false },
    health: { cpu_percent: 38, disk_free_bytes: 9e10, disk_minutes_left: 380, frames_dropped: 0, problems: [] },
  };
  #cameras = new Map<string, Camera>();
  #meters = setInterval(() => this.#sendMeters(), 100);

  constructor() {
    const looks: Record<string, string> = {
      cam1: 'gradients=c0=0x3d5a80:c1=0x98c1d9:c2=0xe0fbfc:n=3:speed=0.02',
      cam2: 'gradients=c0=0x5f4b8b:c1=0xe69a8d:n=2:speed=0.02',
      cam3: 'gradients=c0=0x1f6f5c:c1=0xd9c27a:n=2:speed=0.02',
      phone1: 'gradients=c0=0x7a3e48:c1=0xf2c6a0:n=2:speed=0.02',
      generique: 'testsrc2',
    };
    for (const [id, look] of Object.entries(looks)) this.#cameras.set(id, new Camera(look));
    const change = process.env.FAKE_SEGMENT;
    if (change) {
      const segment = {
        ...{ summary: '', language: 'fr', needs: '', day: '2026-03-21', planned_seconds: 420, ended_at: null, private: false, overridden: false },
        ...{ participants: [{ id: 'p1', name: 'Mme Ruche', credit: null, recorded: true, live: true, archived: true }] },
        ...{ fixed_at: null, planned_at: null, expected_at: Date.now() + 600_000, marks: [], missing: [], clip: null },
      };
      this.#state.segment = { ...segment, id: 's1', title: 'Les abeilles d’ici', state: 'on_air', started_at: Date.now() - 276_000 };
      this.#state.rundown = [
        { ...this.#state.segment },
        { ...segment, id: 's2', title: 'Le vélo à Mouans', state: 'ready', started_at: null },
        { ...segment, id: 's3', title: 'La chorale du collège chante trois chansons du pays', state: 'ready', started_at: null },
        { ...segment, id: 's4', title: 'Jeux de société', state: 'proposed', started_at: null },
      ];
      this.#state.questions = [{ id: 'q1', name: 'Lucie', text: 'Faut-il nourrir les abeilles en hiver ?', network: 'page du direct', at: Date.now(), state: 'waiting', since: Date.now() }];
    }
  }

  join(socket: WebSocket, role: Role): void {
    const client: Client = { socket, role, monitors: [] };
    this.#clients.add(client);
    this.#snapshot(client);
    socket.on('close', () => {
      client.monitors.forEach(clearInterval);
      this.#clients.delete(client);
    });
    socket.on('message', (data: Buffer) => {
      const { id, ...command } = JSON.parse(data.toString()) as Command & { id: number };
      const error = this.#do(client, command as Command);
      const text = { fr: error ?? '', en: error ?? '' };
      this.#send(client, error ? { type: 'reply', id, ok: false, error: { code: 'no', message: error, fault: 'operator', text } } : { type: 'reply', id, ok: true });
    });
  }

  close(): void {
    clearInterval(this.#meters);
    this.#cameras.forEach((camera) => camera.close());
  }

  #do(client: Client, command: Command): string | null {
    const s = this.#state;
    switch (command.command) {
      case 'snapshot':
        this.#snapshot(client);
        break;
      case 'preview':
        this.#change({ event: 'preview_changed', preview: command.scene });
        break;
      case 'take': {
        const scene = command.scene ?? s.preview;
        if (!scene || !s.scenes.some((known) => known.id === scene)) return 'Cette scène n’existe pas.';
        const before = s.program.scene;
        this.#change({ event: 'program_changed', program: { scene, since: Date.now() } });
        if (command.scene === null) this.#change({ event: 'preview_changed', preview: before });
        break;
      }
      case 't_bar':
        if (command.position === 1) return this.#do(client, { command: 'take', scene: null, transition: { kind: 'cut', duration_ms: 0 } });
        break;
      case 'slate':
        this.#change({ event: 'slate_changed', slate: command.on });
        break;
      case 'rehearsal':
        this.#change({ event: 'rehearsal_changed', rehearsal: command.on });
        break;
      case 'record':
        this.#change({ event: 'recording_changed', recording: { ...s.recording, on: command.on, since: command.on ? Date.now() : null } });
        break;
      case 'audio': {
        const { source, gain_db, mute, follow } = command;
        const was = s.sources[source];
        if (!was) return 'Cette source n’existe pas.';
        const audio = { gain_db: gain_db ?? was.audio.gain_db, mute: mute ?? was.audio.mute, follow: follow ?? was.audio.follow };
        this.#change({ event: 'source_changed', source, state: { ...was, audio } });
        break;
      }
      case 'play':
      case 'stop': {
        const was = s.sources[command.source];
        if (!was?.media) return 'Ce n’est pas un lecteur.';
        const playing = command.command === 'play';
        const repeat = command.command === 'play' && command.repeat;
        const media = { ...was.media, playing, repeat, position_ms: 0, ends_at: playing && !repeat ? Date.now() + 12_000 : null };
        this.#change({ event: 'source_changed', source: command.source, state: { ...was, status: playing ? 'live' : 'off', media } });
        break;
      }
      case 'title_show': {
        const { template, fields, seconds } = command;
        if (JSON.stringify(fields).length > 2000) return 'Ce texte est trop long : 500 signes au plus.';
        const since = Date.now();
        const until = seconds ? since + seconds * 1000 : null;
        this.#change({ event: 'titles_changed', titles: [...s.titles.filter((t) => t.template !== template), { template, fields, since, until }] });
        if (seconds) setTimeout(() => this.#change({ event: 'titles_changed', titles: this.#state.titles.filter((t) => t.since !== since) }), seconds * 1000);
        break;
      }
      case 'title_hide':
        this.#change({ event: 'titles_changed', titles: command.template ? s.titles.filter((t) => t.template !== command.template) : [] });
        break;
      case 'output_start':
      case 'output_retry':
        this.#output(command.output, { status: 'connecting' });
        setTimeout(() => {
          if (command.output === 'youtube' && command.command === 'output_start') {
            this.#output('youtube', {
              status: 'retrying', retry_at: Date.now() + 20_000, reconnections: 3,
              problem: { code: 'unreachable', fault: 'other_side', text: { fr: 'YouTube ne répond pas. Le studio réessaie tout seul.', en: 'YouTube does not answer. The studio keeps trying.' } },
            });
          } else {
            this.#output(command.output, { status: 'live', since: Date.now(), bitrate_kbps: 2480, problem: null, retry_at: null });
          }
        }, 900);
        break;
      case 'output_stop':
        this.#output(command.output, { status: 'off', since: null, bitrate_kbps: 0, problem: null, retry_at: null });
        break;
      case 'scene_save':
        this.#change({
          event: 'scenes_changed',
          scenes: s.scenes.some((known) => known.id === command.scene.id)
            ? s.scenes.map((known) => (known.id === command.scene.id ? command.scene : known))
            : [...s.scenes, command.scene],
        });
        break;
      case 'scene_remove':
        if (s.program.scene === command.scene) return 'Cette scène est à l’antenne.';
        this.#change({ event: 'scenes_changed', scenes: s.scenes.filter((known) => known.id !== command.scene) });
        break;
      case 'monitor':
        client.monitors.forEach(clearInterval);
        client.monitors = command.sources.map((id) =>
          setInterval(() => {
            const jpeg = this.#cameras.get(id === 'program' ? (this.#scene()?.layers[0]?.source ?? '') : id)?.jpeg;
            if (!jpeg || client.socket.bufferedAmount > 100_000) return;
            const name = Buffer.from(id);
            const head = Buffer.alloc(10 + name.length);
            head.writeUInt8(1, 0);
            head.writeUInt8(name.length, 1);
            name.copy(head, 2);
            head.writeBigUInt64BE(process.hrtime.bigint() / 1000n, 2 + name.length);
            client.socket.send(Buffer.concat([head, jpeg]));
          }, 1000 / command.fps),
        );
        break;
      case 'listen':
        break;
    }
    return null;
  }

  #scene(): Scene | undefined {
    return this.#state.scenes.find(({ id }) => id === this.#state.program.scene);
  }

  #output(id: string, more: Partial<OutputState>): void {
    const was = this.#state.outputs[id];
    if (was) this.#change({ event: 'output_changed', output: id, state: { ...was, ...more } });
  }

  #change(event: Event): void {
    this.#state = apply(this.#state, event);
    this.#rev++;
    this.#clients.forEach((client) => this.#send(client, { type: 'event', rev: this.#rev, ...event }));
  }

  #snapshot(client: Client): void {
    this.#send(client, { type: 'snapshot', rev: this.#rev, role: client.role, state: this.#state });
  }

  #send(client: Client, message: Message): void {
    client.socket.send(JSON.stringify(message));
  }

  #sendMeters(): void {
    const wave = (i: number) => -18 + 9 * Math.sin(Date.now() / 700 + i * 1.7) + Math.random() * 4;
    const levels = Object.entries(this.#state.sources).map(([id, s], i): [string, [number, number]] => {
      const level = s.status === 'live' && s.sound && id !== 'cam3' ? wave(i) : -90;
      return [id, [level, level - 1]];
    });
    const message: Message = {
      type: 'meters',
      sources: Object.fromEntries(levels),
      program: { peak_db: [wave(0), wave(1)], momentary: -20 + Math.random(), short_term: -19.4, integrated: -20.1, limiting_db: 0 },
    };
    this.#clients.forEach((client) => this.#send(client, message));
  }
}

type Client = { socket: WebSocket; role: Role; monitors: ReturnType<typeof setInterval>[] };

/** A moving picture from ffmpeg's generators, cut into JPEG files. */
class Camera {
  jpeg: Buffer | null = null;
  #ffmpeg: ChildProcess;

  constructor(look: string) {
    const size = look.includes('=') ? `${look}:s=320x180:r=10` : `${look}=s=320x180:r=10`;
    const process = spawn('ffmpeg', ['-v', 'error', '-re', '-f', 'lavfi', '-i', size, '-f', 'mjpeg', '-q:v', '6', 'pipe:1'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let rest = Buffer.alloc(0);
    process.stdout.on('data', (part: Buffer) => {
      rest = Buffer.concat([rest, part]);
      for (let end = rest.indexOf('\xff\xd9', 0, 'latin1'); end >= 0; end = rest.indexOf('\xff\xd9', 0, 'latin1')) {
        this.jpeg = Buffer.from(rest.subarray(0, end + 2));
        rest = rest.subarray(end + 2);
      }
    });
    this.#ffmpeg = process;
  }

  close(): void {
    this.#ffmpeg.kill();
  }
}

import type { Command, Scene, State, TransitionKind } from '../protocol';
import { keep, kept } from '../common/kept';
import { t } from '../common/language.svelte';
import { entries } from '../studio/apply';
import { studio } from '../studio/studio.svelte';
import { ask, type Place } from './notices.svelte';

/** `direct`: a tap is on air. `prepare`: a tap is in preview, CUT puts it on air. */
export type Mode = 'direct' | 'prepare';

type Undo = { label: string; place: Place; command: Command };

const KEPT_UNDOS = 20;

/** What this tablet's hand is doing; nothing of it is the show's state. */
class Desk {
  mode = $state<Mode>(kept('plateau.mode') === 'prepare' ? 'prepare' : 'direct');
  /** What a tap does in direct mode. */
  transition = $state<TransitionKind>('cut');
  /** Milliseconds of fades and wipes. */
  duration = $state(500);
  /** A tap on a scene opens the editor instead of taking it. */
  editing = $state(false);
  /** The scene in the editor; `new` for a fresh one. */
  edited = $state.raw<Scene | 'new' | null>(null);
  #undos = $state<Undo[]>([]);

  /** What *undo* would do, if anything. */
  get undoLabel(): string | null {
    return this.#undos.at(-1)?.label ?? null;
  }

  setMode(mode: Mode): void {
    this.mode = mode;
    keep('plateau.mode', mode);
  }

  /** A scene's tile was touched. */
  tap(scene: Scene): void {
    if (this.editing && !scene.automatic) this.edited = scene;
    else if (this.mode === 'direct') void this.take(scene.id, this.transition);
    else void ask('desk', { command: 'preview', scene: scene.id });
  }

  /** Puts a scene on air; `null`: what is in preview. */
  async take(scene: string | null, kind: TransitionKind): Promise<void> {
    const before = studio.state?.program.scene;
    const target = scene ?? studio.state?.preview;
    const transition = { kind, duration_ms: this.duration };
    const done = await ask('desk', { command: 'take', scene, transition });
    if (done && before && target && target !== before) this.tookFrom(before);
  }

  /** Remembers the scene that was on air before a take. */
  tookFrom(scene: string): void {
    const transition = { kind: 'cut' as const, duration_ms: this.duration };
    this.remember(t().switcher.undoTake(sceneLabel(scene)), 'desk', { command: 'take', scene, transition });
  }

  /** Saves a scene; `false` if the studio refused. */
  async save(scene: Scene): Promise<boolean> {
    const before = studio.state?.scenes.find(({ id }) => id === scene.id);
    const done = await ask('editor', { command: 'scene_save', scene });
    if (done) {
      const command: Command = before ? { command: 'scene_save', scene: before } : { command: 'scene_remove', scene: scene.id };
      this.remember(t().switcher.undoScene(scene.label), 'desk', command);
    }
    return done;
  }

  /** Removes a scene; `false` if the studio refused. */
  async remove(scene: Scene): Promise<boolean> {
    const done = await ask('editor', { command: 'scene_remove', scene: scene.id });
    if (done) this.remember(t().switcher.undoScene(scene.label), 'desk', { command: 'scene_save', scene });
    return done;
  }

  /** Takes the last thing this tablet did back. */
  undo(): void {
    const last = this.#undos.pop();
    if (last) void ask(last.place, last.command);
  }

  /** Remembers how something that was just done is undone; `label` says what. */
  remember(label: string, place: Place, command: Command): void {
    this.#undos.push({ label, place, command });
    if (this.#undos.length > KEPT_UNDOS) this.#undos.shift();
  }
}

export const desk = new Desk();

/** What people call a scene. */
export function sceneLabel(id: string): string {
  return studio.state?.scenes.find((scene) => scene.id === id)?.label ?? id;
}

/** Scenes that are one source's own full frame, then the composed ones; their order is their number. */
export function sections(show: State): { cameras: Scene[]; composed: Scene[] } {
  const camera = (scene: Scene) => scene.automatic && scene.id in show.sources;
  return { cameras: show.scenes.filter(camera), composed: show.scenes.filter((scene) => !camera(scene)) };
}

/** Sources that viewers see now. */
export function onAirSources(show: State): Set<string> {
  const scene = show.scenes.find(({ id }) => id === show.program.scene);
  return new Set(scene?.layers.map((layer) => layer.source));
}

/** Outputs that leave the house. */
export function broadcasts(show: State) {
  return entries(show.outputs).filter(([, output]) => output.capabilities.leaves_the_house);
}

/** Where the live stands, over all outputs that leave the house. */
export function live(show: State): { state: 'none' | 'off' | 'connecting' | 'live'; since: number | null } {
  const outputs = broadcasts(show).map(([, output]) => output);
  const since = outputs.flatMap((output) => (output.status === 'live' && output.since !== null ? [output.since] : []));
  if (outputs.length === 0) return { state: 'none', since: null };
  if (outputs.some((output) => output.status === 'live')) return { state: 'live', since: since.length ? Math.min(...since) : null };
  return { state: outputs.every((output) => output.status === 'off') ? 'off' : 'connecting', since: null };
}

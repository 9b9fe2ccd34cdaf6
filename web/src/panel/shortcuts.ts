import { studio } from '../studio/studio.svelte';
import { desk, sections } from './desk.svelte';
import { ask } from './notices.svelte';
import { ui } from './ui.svelte';

/** Listens to the keyboard of a laptop; returns how to stop. Never while somebody types or a dialog is open. */
export function shortcuts(): () => void {
  const pressed = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.defaultPrevented || event.altKey || event.metaKey || document.querySelector('dialog[open]')) return;
    if (target.closest('input:not([type="range"]):not([type="radio"]), select, textarea')) return;
    const show = studio.state;
    if (!show || studio.standing !== 'live') return;
    if (event.ctrlKey) {
      if (event.key !== 'z') return;
      desk.undo();
      return event.preventDefault();
    }
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1] ?? (/^[1-9]$/.test(event.key) ? event.key : undefined);
    if (digit) {
      const { cameras, composed } = sections(show);
      const scene = [...cameras, ...composed][Number(digit) - 1];
      if (scene && !event.repeat) {
        if (event.shiftKey) void desk.take(scene.id, 'cut');
        else desk.tap(scene);
      }
      return event.preventDefault();
    }
    if (event.repeat) return;
    switch (event.key.toLowerCase()) {
      case ' ':
        // Somebody who walks the page with Tab presses the button they are on.
        if (target.closest('button, a, input, [role="tab"]')) return;
        void desk.take(null, 'cut');
        break;
      case 'f':
        void desk.take(null, 'fade');
        break;
      case 'w':
        void desk.take(null, 'wipe');
        break;
      case 'z':
        desk.undo();
        break;
      case 'p':
        void ask('big', { command: 'slate', on: !show.slate });
        break;
      case 'r':
        if (!show.recording.on) void ask('big', { command: 'record', on: true });
        break;
      case 'm':
        desk.setMode(desk.mode === 'direct' ? 'prepare' : 'direct');
        break;
      case '?':
        ui.dialog = 'shortcuts';
        break;
      default:
        return;
    }
    event.preventDefault();
  };
  // A button pressed with a finger or a mouse gives the keyboard back, so that Space means take.
  const released = (event: MouseEvent) => {
    if (event.detail > 0) (event.target as Element).closest<HTMLElement>('main button, .switch button, .big button')?.blur();
  };
  addEventListener('keydown', pressed);
  addEventListener('click', released);
  return () => {
    removeEventListener('keydown', pressed);
    removeEventListener('click', released);
  };
}

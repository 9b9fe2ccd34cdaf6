/** The tools beside the pictures. */
export type Tab = 'titles' | 'sound' | 'media' | 'outputs' | 'questions';
export type Dialog = 'menu' | 'problems' | 'shortcuts';

/** Which part of the panel is open on this tablet. */
export const ui = $state<{ tab: Tab; dialog: Dialog | null; tour: boolean }>({
  tab: 'titles',
  dialog: null,
  tour: false,
});

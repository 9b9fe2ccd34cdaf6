export type Dialog = 'menu' | 'problems' | 'shortcuts' | 'share' | 'exports';

/** Which part of the panel is open on this tablet. */
export const ui = $state<{ /** Of tools/registry. */ tab: string; dialog: Dialog | null; tour: boolean }>({
  tab: 'titles',
  dialog: null,
  tour: false,
});

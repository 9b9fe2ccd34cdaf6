import type { Component } from 'svelte';

import { t } from '../../common/language.svelte';
import type { Role, State } from '../../protocol';
import type { IconName } from '../Icon.svelte';
import VoicesTool from '../voices/VoicesTool.svelte';
import PhonesTool from '../phones/PhonesTool.svelte';
import { p } from '../phones/strings';
import MediaTool from './MediaTool.svelte';
import OutputsTool from './OutputsTool.svelte';
import SoundTool from './SoundTool.svelte';
import TitlesTool from '../titles/TitlesTool.svelte';

/** A tab beside the pictures. A new one is an entry below. */
export type Tool = {
  id: string;
  icon: IconName;
  /** One short word: six of them share 300 pixels. */
  label: () => string;
  component: Component<{ show: State }>;
  /** Who sees it. */
  roles: readonly Role[];
  /** Whether there is anything in it; absent: always. */
  wanted?: (show: State) => boolean;
  /** A number beside the label, of what waits for somebody; 0 shows none. */
  waiting?: (show: State) => number;
};

const everybody: readonly Role[] = ['moderator', 'animator', 'admin'];
const desk: readonly Role[] = ['animator', 'admin'];

/** In the order of the tabs. */
export const tools: readonly Tool[] = [
  { id: 'titles', icon: 'title', label: () => t().tabs.titles, component: TitlesTool, roles: everybody },
  { id: 'sound', icon: 'sound', label: () => t().tabs.sound, component: SoundTool, roles: desk },
  { id: 'media', icon: 'play', label: () => t().tabs.media, component: MediaTool, roles: desk },
  { id: 'outputs', icon: 'antenna', label: () => t().tabs.outputs, component: OutputsTool, roles: desk },
  { id: 'phones', icon: 'phone', label: () => p().tab, component: PhonesTool, roles: desk },
  {
    id: 'questions',
    icon: 'voice',
    label: () => t().tabs.questions,
    component: VoicesTool,
    roles: everybody,
    waiting: (show) => show.questions.filter(({ state }) => state === 'waiting').length,
  },
];

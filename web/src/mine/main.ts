import '@fontsource-variable/inter/wght.css';
import '../common/page.css';

import { mount } from 'svelte';

import App from './App.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('mine.html has an element #app');

export default mount(App, { target });

import '@fontsource-variable/inter/wght.css';
import '../common/tokens.css';
import '../common/light.css';
import '../common/sheet.css';

import { mount } from 'svelte';

import App from './App.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('camera.html has an element #app');

export default mount(App, { target });

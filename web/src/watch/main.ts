import './watch.css';

import { mount } from 'svelte';

import App from './App.svelte';

const target = document.getElementById('app');
const video = document.querySelector<HTMLVideoElement>('#live');
if (!target || !video) throw new Error('watch.html has an element #app with a video in it');
// The page's own player takes the video over; without a script it stays as it is.
video.removeAttribute('src');
video.load();
target.replaceChildren();

export default mount(App, { target, props: { video, embedded: location.pathname === '/embed' } });

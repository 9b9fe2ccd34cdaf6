// What is nicer with a script; everything works without.
'use strict';
for (const button of document.querySelectorAll('.copier')) {
  button.hidden = false;
  const before = button.textContent;
  button.addEventListener('click', async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // Without a secure context the old way is the only one.
      document.execCommand('copy');
    }
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 2500);
  });
}
const player = document.getElementById('player');
function seek(seconds, play) {
  player.currentTime = seconds;
  if (play) player.play().catch(() => {});
}
if (player) {
  const wanted = /^#t=(\d+(?:\.\d+)?)/.exec(location.hash);
  if (wanted) player.addEventListener('loadedmetadata', () => seek(Number(wanted[1]), false), { once: true });
  document.addEventListener('click', (event) => {
    const link = event.target.closest('[data-seek]');
    if (!link) return;
    event.preventDefault();
    history.replaceState(null, '', link.getAttribute('href'));
    seek(Number(link.dataset.seek), true);
    player.scrollIntoView({ block: 'nearest' });
    player.focus({ preventScroll: true });
  });
}

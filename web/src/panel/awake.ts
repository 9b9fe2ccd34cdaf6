/** Keeps the screen on while the page is in sight; returns how to stop. Browsers without it just dim. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let ended = false;
  const take = async () => {
    if (ended || document.hidden || !('wakeLock' in navigator)) return;
    try {
      lock = await navigator.wakeLock.request('screen');
    } catch {
      // Refused on low battery or without a secure context: asked again at the next touch of the page.
    }
  };
  const again = () => void take();
  again();
  document.addEventListener('visibilitychange', again);
  document.addEventListener('pointerdown', again, { once: true });
  return () => {
    ended = true;
    document.removeEventListener('visibilitychange', again);
    document.removeEventListener('pointerdown', again);
    void lock?.release();
  };
}

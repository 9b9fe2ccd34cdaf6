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
  void take();
  document.addEventListener('visibilitychange', take);
  document.addEventListener('pointerdown', take, { once: true });
  return () => {
    ended = true;
    document.removeEventListener('visibilitychange', take);
    document.removeEventListener('pointerdown', take);
    void lock?.release();
  };
}

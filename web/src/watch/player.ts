import type Hls from 'hls.js/light';

const SOURCE = '/live/index.m3u8';
const AGAIN_MS = 2000;

/** What a player tells. */
export type Report = {
  /** Pictures move. */
  playing: (playing: boolean) => void;
  /** Milliseconds between the studio's picture and the one that is shown, by the clocks of both machines. */
  behind: (ms: number) => void;
};

/** Plays the programme in `video` until the returned function is called. */
export function play(video: HTMLVideoElement, report: Report): () => void {
  let ended = false;
  let hls: Hls | null = null;
  let again = 0;
  const moving = () => report.playing(true);
  const waiting = () => report.playing(false);
  video.addEventListener('playing', moving);
  video.addEventListener('waiting', waiting);
  const start = () => void video.play().catch(() => undefined);

  const native = () => {
    video.src = SOURCE;
    video.addEventListener('error', retry);
    start();
  };
  const retry = () => {
    clearTimeout(again);
    again = window.setTimeout(() => {
      if (hls) hls.loadSource(SOURCE);
      else native();
    }, AGAIN_MS);
  };

  const withScript = async () => {
    const { default: Player } = await import('hls.js/light');
    if (ended) return;
    if (!Player.isSupported()) return native();
    hls = new Player({
      lowLatencyMode: true,
      backBufferLength: 60,
      // Catches up by a tenth after a hiccup, which nobody hears; one hiccup does not make it late for ever.
      maxLiveSyncPlaybackRate: 1.1,
      liveSyncDuration: 1,
      liveSyncOnStallIncrease: 0.2,
      liveMaxLatencyDuration: 4,
    });
    hls.on(Player.Events.ERROR, (_, { fatal, type }) => {
      if (!fatal || !hls) return;
      report.playing(false);
      if (type === Player.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      else retry();
    });
    hls.on(Player.Events.MANIFEST_PARSED, start);
    hls.attachMedia(video);
    hls.loadSource(SOURCE);
  };

  // Safari plays it by itself, closer than any script could.
  const apple = /^((?!chrome|android|crios|fxios).)*safari/i.test(navigator.userAgent);
  if (apple && video.canPlayType('application/vnd.apple.mpegurl')) native();
  else void withScript();

  const clock = window.setInterval(() => {
    const shown = hls?.playingDate;
    if (shown && !video.paused) report.behind(Date.now() - shown.getTime());
  }, 250);

  return () => {
    ended = true;
    clearInterval(clock);
    clearTimeout(again);
    video.removeEventListener('playing', moving);
    video.removeEventListener('waiting', waiting);
    video.removeEventListener('error', retry);
    hls?.destroy();
    video.removeAttribute('src');
    video.load();
  };
}

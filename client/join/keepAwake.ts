// Keeps a phone's screen on while it trains: by a wake lock, or, where there is none (plain http), by a muted video of one
// grey dot that is made on the spot. Blink lets a stream's video of any size keep the screen on, Gecko any stream's;
// WebKit wants sound, so there the screen may go off.

/**
 * - `free`: nobody wants it on
 * - `kept`: it stays on
 * - `tap`: it would, after a tap
 * - `mayTurnOff`: nothing here keeps it on
 */
export type ScreenState = 'free' | 'kept' | 'tap' | 'mayTurnOff';

export interface KeepAwake {
  /** Whether the screen is to stay on from now on. */
  want(isWanted: boolean): void;
}

/** `changed` is told of each new state of the screen. */
export function openKeepAwake(changed: (screen: ScreenState) => void): KeepAwake {
  return 'wakeLock' in navigator ? keepByLock(changed) : keepByVideo(changed);
}

function keepByLock(changed: (screen: ScreenState) => void): KeepAwake {
  let isWanted = false;
  let lock: WakeLockSentinel | null = null;
  let isAsking = false;

  /** The browser takes the lock back from a hidden tab and may refuse it to a weak battery. */
  async function settle(): Promise<void> {
    if (isAsking || document.hidden || isWanted === (lock !== null)) return;
    isAsking = true;
    try {
      if (isWanted) {
        const taken = await navigator.wakeLock.request('screen');
        lock = taken;
        taken.addEventListener('release', () => {
          if (lock === taken) lock = null;
          if (isWanted) changed('mayTurnOff');
        });
        changed('kept');
      } else {
        const given = lock;
        lock = null;
        await given?.release();
        changed('free');
      }
    } catch {
      if (isWanted) changed('mayTurnOff');
      return;
    } finally {
      isAsking = false;
    }
    await settle();
  }
  document.addEventListener('visibilitychange', () => void settle());
  return {
    want(wanted) {
      if (wanted === isWanted) return;
      isWanted = wanted;
      void settle();
    },
  };
}

function keepByVideo(changed: (screen: ScreenState) => void): KeepAwake {
  // Safari on phones alone tells whether it runs from the home screen.
  const isOfUse = 'captureStream' in HTMLCanvasElement.prototype && !('standalone' in navigator);
  let isWanted = false;
  let video: HTMLVideoElement | null = null;

  function settle(): void {
    if (!isWanted) {
      video?.pause();
      return changed('free');
    }
    if (!isOfUse) return changed('mayTurnOff');
    if (!video) return changed('tap');
    video.play().then(
      () => changed(isWanted ? 'kept' : 'free'),
      () => changed('mayTurnOff'),
    );
  }
  if (isOfUse)
    document.addEventListener(
      'click',
      () => {
        video = createDotVideo();
        settle();
      },
      { once: true },
    );
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && isWanted && video) settle();
  });
  return {
    want(wanted) {
      if (wanted === isWanted) return;
      isWanted = wanted;
      settle();
    },
  };
}

/** A muted video of a dot, in a corner of the page, where it counts as seen. */
function createDotVideo(): HTMLVideoElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 2;
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.className = 'dot';
  video.setAttribute('aria-hidden', 'true');
  video.srcObject = canvas.captureStream(1);
  const context = canvas.getContext('2d')!;
  let isGrey = false;
  // A picture a second, or the video waits for one.
  setInterval(() => {
    isGrey = !isGrey;
    context.fillStyle = isGrey ? '#888' : '#898989';
    context.fillRect(0, 0, 2, 2);
  }, 1_000);
  document.body.append(video);
  return video;
}

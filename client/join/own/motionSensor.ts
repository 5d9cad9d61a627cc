// The phone's motion sensors: permission where it is asked for, then readings as they come. Knows nothing of windows.

import { readMotion, type MotionReading } from './motionWindows.ts';

/** Why there are no readings. */
export type MotionLack = 'insecure' | 'unsupported' | 'denied' | 'silent' | 'noGyroscope';

/** What some browsers add: iOS asks for permission, and only after a tap. */
interface AskingEvent {
  requestPermission?: () => Promise<'granted' | 'denied'>;
}

const SILENT_AFTER_MS = 2_000;

/** What stands in the way before anybody is asked; '' for nothing. */
export function motionLack(): MotionLack | '' {
  if (!isSecureContext) return 'insecure';
  return typeof DeviceMotionEvent === 'undefined' ? 'unsupported' : '';
}

/** To be called in the handler of a tap, at once: later the browser does not ask any more. */
export async function askForMotion(): Promise<MotionLack | ''> {
  const lack = motionLack();
  if (lack !== '') return lack;
  const { requestPermission } = DeviceMotionEvent as unknown as AskingEvent;
  if (!requestPermission) return '';
  try {
    return (await requestPermission.call(DeviceMotionEvent)) === 'granted' ? '' : 'denied';
  } catch {
    return 'denied';
  }
}

/** Calls `read` at each reading, `lacks` once where none come; returns what ends it. */
export function listenToMotion(
  read: (reading: MotionReading) => void,
  lacks: (lack: MotionLack) => void,
): () => void {
  const isApple = isAppleDevice(navigator.userAgent, navigator.maxTouchPoints);
  let hasMoved = false;
  const heard = (event: DeviceMotionEvent): void => {
    const reading = readMotion(event, isApple);
    if (reading) {
      hasMoved = true;
      read(reading);
    } else if (!hasMoved && event.accelerationIncludingGravity?.x != null) {
      stop();
      lacks('noGyroscope');
    }
  };
  const timer = setTimeout(() => {
    if (hasMoved) return;
    stop();
    lacks('silent');
  }, SILENT_AFTER_MS);
  function stop(): void {
    clearTimeout(timer);
    window.removeEventListener('devicemotion', heard);
  }
  window.addEventListener('devicemotion', heard);
  return stop;
}

/** An iPad says that it is a Macintosh. */
export function isAppleDevice(userAgent: string, maxTouchPoints: number): boolean {
  return /iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes('Macintosh') && maxTouchPoints > 1);
}

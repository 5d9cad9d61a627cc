// Own motion: an activity is chosen, a countdown gives time to put the phone where it belongs, a recording becomes
// samples; or the models are watched as the phone moves.

import { MOTION_CHANNELS, MOTION_RATE_HZ, MOTION_WINDOW } from '../../../shared/tasks/har/motionSignal.ts';
import { build, buildButton, draw, write } from '../../common/elements.ts';
import { askForMotion, listenToMotion, motionLack, type MotionLack } from './motionSensor.ts';
import { cutWindows, newestWindow, type MotionReading } from './motionWindows.ts';
import type { InputHost, OwnInput } from './ownInput.ts';

const RECORD_SECONDS = 20;
const COUNTDOWN_SECONDS = 5;
const WINDOW_MS = (MOTION_WINDOW / MOTION_RATE_HZ) * 1000;
/** What is watched is asked about so often. */
const WATCH_EVERY_MS = 500;
/** Readings kept while watching, and shown while recording. */
const KEPT_MS = 2 * WINDOW_MS;
const TRACE_WIDTH = 300;
const TRACE_HEIGHT = 72;

type Mode = 'idle' | 'countdown' | 'recording' | 'watching';

export function createMotionInput(host: InputHost): OwnInput {
  const words = host.words.motion;
  let mode: Mode = 'idle';
  let readings: MotionReading[] = [];
  let stopListening: (() => void) | null = null;
  let ticking = 0;
  let label = -1;

  const record = buildButton(words.record(RECORD_SECONDS), () => void startRecording(), 'primary');
  const watch = buildButton(words.watch, () => void toggleWatching());
  const stop = buildButton(words.stop, () => void (mode === 'recording' ? finish() : end()));
  const clock = build('p', { class: 'own-clock', 'aria-live': 'off' });
  const trace = createTrace(words.trace);
  const element = build(
    'div',
    { class: 'own-motion' },
    clock,
    trace.element,
    build('div', { class: 'own-row' }, record, stop, watch),
  );

  function setMode(next: Mode): void {
    mode = next;
    record.hidden = next !== 'idle';
    watch.hidden = next === 'countdown' || next === 'recording';
    stop.hidden = next !== 'countdown' && next !== 'recording';
    write(watch, next === 'watching' ? words.stopWatching : words.watch);
    clock.hidden = stop.hidden;
    trace.element.toggleAttribute('hidden', next === 'idle' || next === 'countdown');
  }

  function end(): void {
    clearInterval(ticking);
    stopListening?.();
    readings = [];
    host.guess(null);
    setMode('idle');
  }

  /** Focus goes with what takes the pressed button's place. */
  function begin(next: Mode, focused: HTMLElement): void {
    readings = [];
    setMode(next);
    focused.focus();
    stopListening?.();
    stopListening = listenToMotion(
      (reading) => {
        readings.push(reading);
        if (mode === 'recording') return;
        while (readings[0]!.atMs < reading.atMs - KEPT_MS) readings.shift();
      },
      (lack) => {
        end();
        host.say('');
        host.complain(words[lack]);
      },
    );
  }

  async function isAllowed(): Promise<boolean> {
    const lack = await askForMotion();
    if (lack !== '') host.complain(words[lack]);
    return lack === '';
  }

  async function startRecording(): Promise<void> {
    label = host.chosenClass();
    if (label < 0) return host.say(words.chooseFirst);
    if (!(await isAllowed()) || mode !== 'idle') return;
    begin('countdown', stop);
    host.say(words.startsIn(COUNTDOWN_SECONDS));
    let left = COUNTDOWN_SECONDS;
    write(clock, words.startsIn(left));
    tick(1000, () => {
      left--;
      write(clock, words.startsIn(left));
      if (left === 0) startTaking();
    });
  }

  function startTaking(): void {
    readings = [];
    setMode('recording');
    navigator.vibrate?.(200);
    const name = host.classNames[label]!;
    host.say(words.recording(RECORD_SECONDS, name));
    const endsAtMs = performance.now() + RECORD_SECONDS * 1000;
    tick(100, () => {
      const leftMs = endsAtMs - performance.now();
      write(clock, words.recording(Math.max(0, Math.ceil(leftMs / 1000)), name));
      trace.show(readings);
      if (leftMs <= 0) void finish();
    });
  }

  /** What was recorded becomes samples, however long it was. */
  async function finish(): Promise<void> {
    const windows = cutWindows(readings);
    end();
    record.focus();
    navigator.vibrate?.([100, 100, 100]);
    host.say('');
    if (windows.length === 0) return host.complain(words.tooShort);
    const inputs = new Float32Array(windows.length * MOTION_WINDOW * MOTION_CHANNELS);
    windows.forEach((window, i) => inputs.set(window, i * window.length));
    await host.add({ count: windows.length, inputs, labels: new Uint8Array(windows.length).fill(label) });
  }

  async function toggleWatching(): Promise<void> {
    if (mode === 'watching') return end();
    if (!(await isAllowed()) || mode !== 'idle') return;
    begin('watching', watch);
    host.say('');
    tick(WATCH_EVERY_MS, () => {
      trace.show(readings);
      const window = newestWindow(readings);
      if (window) host.guess(window);
    });
  }

  function tick(everyMs: number, act: () => void): void {
    clearInterval(ticking);
    ticking = window.setInterval(act, everyMs);
  }

  setMode('idle');
  const lack: MotionLack | '' = motionLack();
  if (lack !== '') {
    element.replaceChildren(build('p', { class: 'own-lack' }, words[lack]));
  }
  return { tileUse: lack === '' ? 'choose' : 'show', element, pressed() {}, close: end };
}

/** The newest accelerations as three lines. */
function createTrace(label: string) {
  const lines = Array.from({ length: 3 }, () => draw('path'));
  const svg = draw(
    'svg',
    {
      viewBox: `0 0 ${TRACE_WIDTH} ${TRACE_HEIGHT}`,
      preserveAspectRatio: 'none',
      class: 'own-trace',
      role: 'img',
      'aria-label': label,
    },
    ...lines,
  );
  return {
    element: svg,
    show(readings: readonly MotionReading[]): void {
      const last = readings.at(-1)?.atMs ?? 0;
      const shown = readings.filter(({ atMs }) => atMs >= last - WINDOW_MS);
      lines.forEach((line, axis) =>
        line.setAttribute(
          'd',
          shown
            .map(({ atMs, values }, i) => {
              const x = TRACE_WIDTH * (1 - (last - atMs) / WINDOW_MS);
              // From -2 g to 2 g.
              const y = TRACE_HEIGHT * (0.5 - Math.max(-2, Math.min(2, values[axis]!)) / 4);
              return `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
            })
            .join(''),
        ),
      );
    },
  };
}

// A field to draw in by finger, mouse, pen or keyboard. Gives strokes; knows nothing of what is drawn.

import { build } from '../../common/elements.ts';
import type { PenStroke } from './digitImage.ts';

/** The field's side in the unit of its strokes. */
export const FIELD_SIZE = 280;
const PEN_WIDTH = 20;
/** The first and the most that an arrow key moves the pen; held down it gets faster. */
const KEY_STEP = 8;

export interface DrawingField {
  readonly element: HTMLElement;
  strokes(): readonly PenStroke[];
  undo(): void;
  clear(): void;
  /** What `strokes` gave. */
  restore(strokes: readonly PenStroke[]): void;
  /** Grey picture `[side, side]` in place of strokes, until something is drawn. */
  showPicture(picture: Uint8Array, side: number): void;
  close(): void;
}

export interface DrawingFieldOptions {
  /** The accessible name, and the id of what tells of the keys. */
  readonly label: string;
  readonly describedBy: string;
  readonly changed: () => void;
  readonly penMoved: (isDown: boolean) => void;
  /** A key that the field itself does not take. */
  readonly keyPressed: (key: string) => void;
}

export function createDrawingField(options: DrawingFieldOptions): DrawingField {
  const { label, describedBy, changed, penMoved, keyPressed } = options;
  const canvas = build('canvas', {
    class: 'own-canvas',
    tabindex: 0,
    role: 'application',
    'aria-label': label,
    'aria-describedby': describedBy,
  });
  const context = canvas.getContext('2d')!;
  let strokes: number[][] = [];
  let picture: HTMLCanvasElement | null = null;
  /** The pointer that draws; others that touch meanwhile (a palm, a second finger) do not. */
  let pointer = -1;
  let frame = 0;
  let hasChanged = false;
  /** Where the keyboard's pen is; null while nobody draws by keyboard. */
  let pen: { x: number; y: number; isDown: boolean } | null = null;

  function paint(): void {
    frame = 0;
    if (hasChanged) drawn();
    const { width } = canvas;
    const scale = width / FIELD_SIZE;
    const style = getComputedStyle(canvas);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, FIELD_SIZE, FIELD_SIZE);
    if (picture) {
      context.imageSmoothingEnabled = false;
      context.drawImage(picture, 0, 0, FIELD_SIZE, FIELD_SIZE);
    }
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.lineWidth = PEN_WIDTH;
    context.strokeStyle = style.color;
    for (const stroke of strokes) trace(context, stroke);
    if (!pen || document.activeElement !== canvas) return;
    context.lineWidth = 3;
    context.strokeStyle = style.outlineColor;
    context.beginPath();
    context.arc(pen.x, pen.y, pen.isDown ? PEN_WIDTH / 2 : PEN_WIDTH / 2 + 5, 0, 2 * Math.PI);
    context.stroke();
  }
  function repaint(): void {
    frame ||= requestAnimationFrame(paint);
  }
  function drawn(): void {
    picture = null;
    hasChanged = false;
    repaint();
    changed();
  }
  /** Once a frame, however many points come in it. */
  function drawing(): void {
    hasChanged = true;
    repaint();
  }

  function add(event: PointerEvent): void {
    const box = canvas.getBoundingClientRect();
    const scale = FIELD_SIZE / box.width;
    strokes
      .at(-1)!
      .push(within((event.clientX - box.left) * scale), within((event.clientY - box.top) * scale));
  }
  canvas.addEventListener('pointerdown', (event) => {
    if (pointer >= 0 || event.button !== 0) return;
    event.preventDefault();
    canvas.dataset['by'] = 'pointer';
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    pen = null;
    strokes.push([]);
    add(event);
    drawn();
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerId !== pointer) return;
    // What lies between two frames, where the browser tells: fast strokes stay round.
    const between = event.getCoalescedEvents?.() ?? [];
    for (const each of between.length > 0 ? between : [event]) add(each);
    drawing();
  });
  for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'] as const)
    canvas.addEventListener(end, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = -1;
      drawn();
    });
  // A long press opens no menu over the drawing.
  canvas.addEventListener('contextmenu', (event) => event.preventDefault());

  // Whoever comes by the Tab key is told of the keys.
  canvas.addEventListener('focus', () => (canvas.dataset['by'] ??= 'keys'));
  canvas.addEventListener('blur', () => delete canvas.dataset['by']);
  canvas.addEventListener('keydown', (event) => {
    canvas.dataset['by'] = 'keys';
    if (event.ctrlKey && event.key === 'z') return take(event, undo);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.repeat ? 2 * KEY_STEP : KEY_STEP;
    switch (event.key) {
      case 'ArrowLeft':
        return take(event, () => movePen(-step, 0));
      case 'ArrowRight':
        return take(event, () => movePen(step, 0));
      case 'ArrowUp':
        return take(event, () => movePen(0, -step));
      case 'ArrowDown':
        return take(event, () => movePen(0, step));
      case ' ':
        return take(event, togglePen);
      case 'Backspace':
        return take(event, undo);
      case 'Delete':
        return take(event, clear);
      default:
        keyPressed(event.key);
    }
  });
  canvas.addEventListener('blur', repaint);

  function movePen(x: number, y: number): void {
    pen ??= { x: FIELD_SIZE / 2, y: FIELD_SIZE / 4, isDown: false };
    pen.x = within(pen.x + x);
    pen.y = within(pen.y + y);
    if (!pen.isDown) return repaint();
    strokes.at(-1)!.push(pen.x, pen.y);
    drawn();
  }
  function togglePen(): void {
    pen ??= { x: FIELD_SIZE / 2, y: FIELD_SIZE / 4, isDown: false };
    pen.isDown = !pen.isDown;
    penMoved(pen.isDown);
    if (!pen.isDown) return repaint();
    strokes.push([pen.x, pen.y]);
    drawn();
  }
  function undo(): void {
    pointer = -1;
    if (pen) pen.isDown = false;
    strokes.pop();
    drawn();
  }
  function clear(): void {
    pointer = -1;
    if (pen) pen.isDown = false;
    strokes = [];
    drawn();
  }

  const resized = new ResizeObserver(() => {
    const side = Math.round(canvas.clientWidth * Math.min(3, devicePixelRatio || 1));
    if (side === 0 || side === canvas.width) return;
    canvas.width = side;
    canvas.height = side;
    paint();
  });
  resized.observe(canvas);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', repaint);

  return {
    element: canvas,
    strokes: () => strokes,
    undo,
    clear,
    restore(before) {
      strokes = before.map((stroke) => [...stroke]);
      drawn();
    },
    showPicture(shown, side) {
      strokes = [];
      picture = greyCanvas(shown, side, getComputedStyle(canvas).color);
      repaint();
    },
    close() {
      resized.disconnect();
      scheme.removeEventListener('change', repaint);
      cancelAnimationFrame(frame);
    },
  };
}

function take(event: KeyboardEvent, act: () => void): void {
  event.preventDefault();
  act();
}

function within(place: number): number {
  return Math.min(FIELD_SIZE, Math.max(0, place));
}

/** Curves through the middles between points: corners that the pen did not make are rounded off. */
function trace(context: CanvasRenderingContext2D, stroke: PenStroke): void {
  context.beginPath();
  context.moveTo(stroke[0]!, stroke[1]!);
  for (let i = 2; i + 3 < stroke.length; i += 2) {
    const [x, y] = [stroke[i]!, stroke[i + 1]!];
    context.quadraticCurveTo(x, y, (x + stroke[i + 2]!) / 2, (y + stroke[i + 3]!) / 2);
  }
  context.lineTo(stroke.at(-2)!, stroke.at(-1)!);
  context.stroke();
}

/** A grey picture in a colour: what is bright in it is opaque. */
export function greyCanvas(picture: Uint8Array, side: number, colour: string): HTMLCanvasElement {
  const canvas = build('canvas', { width: side, height: side });
  const context = canvas.getContext('2d')!;
  context.fillStyle = colour;
  context.fillRect(0, 0, side, side);
  const image = context.getImageData(0, 0, side, side);
  picture.forEach((value, i) => (image.data[4 * i + 3] = value));
  context.putImageData(image, 0, 0);
  return canvas;
}

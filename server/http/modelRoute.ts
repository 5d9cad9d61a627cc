// GET /api/model: the newest model for whoever wants to try it, or what of it is newer than what they hold.
// It can be read by anybody, as the blocks of assignments can.

import { parametersOf } from '../../shared/engine/model.ts';
import { EMPTY_SCHEME, extentsOf } from '../../shared/engine/scheme.ts';
import { travelPrecision } from '../../shared/contract/blockForm.ts';
import { encodeModel } from '../../shared/contract/modelCodec.ts';

import { isRead, sendText } from './httpAnswers.ts';
import type { Route } from './httpHandler.ts';
import type { LineUp } from '../run/lineUp.ts';
import type { RunFacts } from '../run/runFacts.ts';
import type { RunForDevices } from '../run/runForDevices.ts';

/** Different messages of one version that are kept; honest tabs lack all tensors or the newest ones. */
const MOST_MESSAGES = 16;
const MOST_PENDING_BYTES = 256 * 1024 * 1024;

type RunWithModel = RunFacts & Pick<RunForDevices, 'encodeBlock'>;

/** The versions of a run's tensors: of each, that in which it was first seen to be as it is. */
type SeenTensors = { readonly values: Float32Array; readonly version: number }[];

/**
 * `?run=` names an open run, default the first. `?held=` lists the version of each tensor that the asker has, -1 for none:
 * versions are a run's own, so a run that is no more is not led to what took its place.
 */
export function createModelRoute(lineUp: Pick<LineUp<RunWithModel>, 'runs'>): Route {
  const seen = new WeakMap<RunWithModel, SeenTensors>();
  const messageOf = createMessages();
  const pending = createPending();

  /** A tensor that nobody trained is the same array as before. */
  function look(run: RunWithModel): SeenTensors {
    const before = seen.get(run);
    const now = run.parameters.map((values, tensor) => {
      const last = before?.[tensor];
      return last?.values === values ? last : { values, version: run.version };
    });
    seen.set(run, now);
    return now;
  }

  return (request, response, query) => {
    if (!isRead(request, response)) return;
    const id = query.get('run') ?? '';
    const run = id === '' ? lineUp.runs[0] : lineUp.runs.find(({ config }) => config.id === id);
    if (run === undefined) return sendText(response, 404, 'This server has no such run.\n');
    const specs = parametersOf(run.task.model);
    const held = query.get('held')?.split(',').map(Number) ?? specs.map(() => -1);
    if (held.length !== specs.length || !held.every(Number.isSafeInteger))
      return sendText(response, 400, `held must be ${specs.length} versions, separated by commas.\n`);
    const tensors = look(run);
    const message = messageOf(run, tensors, held);
    if (!pending.admit(message)) {
      response.setHeader('Retry-After', '5');
      return sendText(response, 503, 'Too many models are on their way: come back later.\n');
    }
    response.on('close', () => pending.done(message));
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': message.length,
      'Cache-Control': 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : message);
  };
}

/** Of one version the messages made so far, for those who lack the same tensors. */
function createMessages(): (run: RunWithModel, tensors: SeenTensors, held: readonly number[]) => Uint8Array {
  const made = new WeakMap<
    RunWithModel,
    { readonly version: number; readonly messages: Map<string, Uint8Array> }
  >();
  return (run, tensors, held) => {
    const lacking = tensors.map(({ version }, tensor) => (held[tensor] === version ? '-' : '+')).join('');
    let kept = made.get(run);
    if (kept?.version !== run.version) made.set(run, (kept = { version: run.version, messages: new Map() }));
    const message = kept.messages.get(lacking) ?? encode(run, tensors, held);
    if (kept.messages.size < MOST_MESSAGES) kept.messages.set(lacking, message);
    return message;
  };
}

function encode(run: RunWithModel, tensors: SeenTensors, held: readonly number[]): Uint8Array {
  const specs = parametersOf(run.task.model);
  const { down } = run.config.encoding;
  const { version } = run;
  const orders = tensors.flatMap(({ values, version }, tensor) => {
    if (held[tensor] === version) return [];
    const { precision, bytes } = travelPrecision(extentsOf(specs[tensor]!), down);
    return [{ tensor, version, precision, part: 'whole' as const, values, bytes }];
  });
  const blocks = orders.map(({ values: _values, bytes: _bytes, ...header }) => header);
  const message = encodeModel(
    { version, blocks },
    orders.map((order) => run.encodeBlock(order, EMPTY_SCHEME)),
  );
  return message;
}

/** What slow readers have not taken yet, however many they are; a message that several read is there once. */
function createPending(mostBytes = MOST_PENDING_BYTES) {
  const readers = new Map<Uint8Array, number>();
  let numBytes = 0;
  return {
    /** False where it would be too much. */
    admit(message: Uint8Array): boolean {
      const before = readers.get(message) ?? 0;
      if (before === 0 && numBytes > 0 && numBytes + message.length > mostBytes) return false;
      if (before === 0) numBytes += message.length;
      readers.set(message, before + 1);
      return true;
    },
    done(message: Uint8Array): void {
      const left = readers.get(message)! - 1;
      if (left > 0) return void readers.set(message, left);
      readers.delete(message);
      numBytes -= message.length;
    },
  };
}

// A WebAssembly assembler: function bodies with local registers and structured loops, and the binary module.
// Knows nothing of tensors, plans or kernels. Expressions come from instructions.ts.

import { i32, unsigned } from './instructions.ts';
import type { Code, Expression, Operand, ValueType } from './instructions.ts';

const TYPE_BYTES: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** A local variable; used as an expression it reads its value. */
export interface Local extends Expression {
  readonly index: number;
  /** Takes a value off the stack. */
  readonly assignment: Code;
}

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

function createLocal(index: number, type: ValueType): Local {
  const operand = unsigned(index);
  return { index, type, code: [0x20, operand], assignment: [0x21, operand] };
}

/** The body of one function while it is written. */
export class FunctionBody {
  readonly type: FunctionType;
  readonly parameters: readonly Local[];
  readonly #code = new ByteWriter();
  readonly #localTypes: ValueType[] = [];
  readonly #free: Record<ValueType, Local[]> = { i32: [], f32: [], f64: [], v128: [] };
  #taken: Local[] = [];

  constructor(type: FunctionType) {
    this.type = type;
    this.parameters = type.parameters.map((parameter, index) => createLocal(index, parameter));
  }

  /** A local register of undefined content, or set to `initial`. It lives until the end of the enclosing `scope`. */
  local(type: ValueType, initial?: Operand): Local {
    let local = this.#free[type].pop();
    if (local === undefined) {
      local = createLocal(this.parameters.length + this.#localTypes.length, type);
      this.#localTypes.push(type);
    }
    this.#taken.push(local);
    if (initial !== undefined) this.set(local, initial);
    return local;
  }

  /** Locals taken inside are free again afterwards. */
  scope(body: () => void): void {
    const outer = this.#taken;
    this.#taken = [];
    body();
    for (const local of this.#taken) this.#free[local.type].push(local);
    this.#taken = outer;
  }

  set(local: Local, value: Operand): void {
    this.emit(typeof value === 'number' ? i32.const(value).code : value.code);
    this.emit(local.assignment);
  }

  /** Moves a pointer by a constant or computed number of bytes. */
  advance(pointer: Local, bytes: Operand): void {
    if (bytes !== 0) this.set(pointer, i32.add(pointer, bytes));
  }

  /** Statements that leave the stack as it was, such as stores. */
  emit(code: Code): void {
    this.#code.append(code);
  }

  if(condition: Expression, whenTrue: () => void, otherwise?: () => void): void {
    this.emit(condition.code);
    this.emit([0x04, 0x40]);
    whenTrue();
    if (otherwise) {
      this.emit([0x05]);
      otherwise();
    }
    this.emit([0x0b]);
  }

  /** Runs the body once and again as long as the condition that it returns holds. */
  doWhile(body: () => Expression): void {
    this.emit([0x03, 0x40]);
    const condition = body();
    this.emit(condition.code);
    this.emit([0x0d, 0x00, 0x0b]);
  }

  /** Runs the body a constant number of times, or `times` >= 1 times where it is computed. */
  repeat(times: Operand, body: () => void): void {
    if (times === 0) return;
    if (times === 1) {
      body();
      return;
    }
    this.scope(() => {
      const left = this.local('i32', times);
      this.doWhile(() => {
        body();
        this.advance(left, -1);
        return left;
      });
    });
  }

  /** Runs the body while `left` >= `step`, taking `step` off each time. */
  whileAtLeast(left: Local, step: number, body: () => void): void {
    this.if(i32.geS(left, step), () => {
      this.doWhile(() => {
        body();
        this.advance(left, -step);
        return i32.geS(left, step);
      });
    });
  }

  /** Appends its length, then declarations, code and end, as the code section wants them. */
  writeTo(target: ByteWriter): void {
    const declarations = this.#localTypes.flatMap((type) => [1, TYPE_BYTES[type]]);
    const numLocals = unsigned(this.#localTypes.length);
    const code = this.#code.bytes();
    target.append(unsigned(numLocals.length + declarations.length + code.length + 1));
    target.append([numLocals, declarations]);
    target.appendBytes(code);
    target.append([0x0b]);
  }
}

/** Bytes that grow at their end; plain arrays cost several times the time. */
class ByteWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  append(code: Code): void {
    for (let i = 0; i < code.length; i++) {
      const part = code[i]!;
      if (typeof part !== 'number') {
        this.append(part);
        continue;
      }
      if (this.#length === this.#bytes.length) this.#reserve(1);
      this.#bytes[this.#length++] = part;
    }
  }

  appendBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(more: number): void {
    const end = this.#length + more;
    if (end <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * end);
    larger.set(this.bytes());
    this.#bytes = larger;
  }

  /** A view, until the next `append`. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }
}

function section(id: number, numEntries: number, content: Uint8Array, module: ByteWriter): void {
  if (numEntries === 0) return;
  const head = unsigned(numEntries);
  module.append([id, unsigned(head.length + content.length), head]);
  module.appendBytes(content);
}

function name(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [...unsigned(bytes.length), ...bytes];
}

function typeList(types: readonly ValueType[]): number[] {
  return [...unsigned(types.length), ...types.map((type) => TYPE_BYTES[type])];
}

/** Collects functions into a module; with `pages` it imports a fixed memory of that size as `env.memory`. */
export class ModuleBuilder {
  readonly #pages: number | null;
  readonly #functions: FunctionBody[] = [];
  readonly #exports: { readonly name: string; readonly index: number }[] = [];

  constructor(pages: number | null) {
    this.#pages = pages;
  }

  /** Adds a function and returns its index, by which it is called. */
  add(body: FunctionBody, exportedAs?: string): number {
    const index = this.#functions.push(body) - 1;
    if (exportedAs !== undefined) this.#exports.push({ name: exportedAs, index });
    return index;
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    const module = new ByteWriter();
    module.append([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    const numFunctions = this.#functions.length;
    const types = this.#functions.flatMap(({ type }) => [
      0x60,
      ...typeList(type.parameters),
      ...typeList(type.results),
    ]);
    section(1, numFunctions, Uint8Array.from(types), module);
    if (this.#pages !== null) {
      const limits = [0x01, ...unsigned(this.#pages), ...unsigned(this.#pages)];
      section(2, 1, Uint8Array.of(...name('env'), ...name('memory'), 0x02, ...limits), module);
    }
    section(3, numFunctions, Uint8Array.from(this.#functions.flatMap((_, index) => unsigned(index))), module);
    const exports = this.#exports.flatMap((entry) => [...name(entry.name), 0x00, ...unsigned(entry.index)]);
    section(7, this.#exports.length, Uint8Array.from(exports), module);
    const bodies = new ByteWriter();
    for (const body of this.#functions) body.writeTo(bodies);
    section(10, numFunctions, bodies.bytes(), module);
    return module.bytes().slice();
  }
}

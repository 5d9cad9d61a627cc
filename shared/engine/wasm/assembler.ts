// A WebAssembly assembler: function bodies with local registers and structured loops, and the binary module.
// Knows nothing of tensors, plans or kernels. Expressions come from instructions.ts.

import { i32, unsigned } from './instructions.ts';
import type { Expression, Operand, ValueType } from './instructions.ts';

const TYPE_BYTES: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** A local variable; used as an expression it reads its value. */
export interface Local extends Expression {
  readonly index: number;
}

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

function createLocal(index: number, type: ValueType): Local {
  return { index, type, code: [0x20, ...unsigned(index)] };
}

/** The body of one function while it is written. */
export class FunctionBody {
  readonly type: FunctionType;
  readonly parameters: readonly Local[];
  readonly #code: number[] = [];
  readonly #localTypes: ValueType[] = [];
  #free: Local[] = [];
  #taken: Local[] = [];

  constructor(type: FunctionType) {
    this.type = type;
    this.parameters = type.parameters.map((parameter, index) => createLocal(index, parameter));
  }

  /** A local register of undefined content, or set to `initial`. It lives until the end of the enclosing `scope`. */
  local(type: ValueType, initial?: Operand): Local {
    const reused = this.#free.findIndex((local) => local.type === type);
    let local: Local;
    if (reused >= 0) {
      local = this.#free.splice(reused, 1)[0]!;
    } else {
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
    this.#free.push(...this.#taken);
    this.#taken = outer;
  }

  set(local: Local, value: Operand): void {
    const code = typeof value === 'number' ? i32.const(value).code : value.code;
    this.emit([...code, 0x21, ...unsigned(local.index)]);
  }

  /** Moves a pointer by a constant or computed number of bytes. */
  advance(pointer: Local, bytes: Operand): void {
    if (bytes !== 0) this.set(pointer, i32.add(pointer, bytes));
  }

  /** Statements that leave the stack as it was, such as stores. */
  emit(code: readonly number[]): void {
    for (const byte of code) this.#code.push(byte);
  }

  if(condition: Expression, whenTrue: () => void, otherwise?: () => void): void {
    this.emit([...condition.code, 0x04, 0x40]);
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
    this.emit([...condition.code, 0x0d, 0x00, 0x0b]);
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

  /** Declarations, code and end, as the code section wants them. */
  toBytes(): number[] {
    const declarations = this.#localTypes.flatMap((type) => [1, TYPE_BYTES[type]]);
    return [...unsigned(this.#localTypes.length), ...declarations, ...this.#code, 0x0b];
  }
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  if (entries.length === 0) return [];
  const content = unsigned(entries.length);
  for (const entry of entries) for (const byte of entry) content.push(byte);
  return [id, ...unsigned(content.length), ...content];
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
    const memory =
      this.#pages === null
        ? []
        : [
            [
              ...name('env'),
              ...name('memory'),
              0x02,
              0x01,
              ...unsigned(this.#pages),
              ...unsigned(this.#pages),
            ],
          ];
    const bodies = this.#functions.map((body) => body.toBytes());
    const parts = [
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(
        1,
        this.#functions.map(({ type }) => [0x60, ...typeList(type.parameters), ...typeList(type.results)]),
      ),
      section(2, memory),
      section(
        3,
        this.#functions.map((_, index) => unsigned(index)),
      ),
      section(
        7,
        this.#exports.map((entry) => [...name(entry.name), 0x00, ...unsigned(entry.index)]),
      ),
      section(
        10,
        bodies.map((body) => unsigned(body.length).concat(body)),
      ),
    ];
    return Uint8Array.from(parts.flat());
  }
}

import {parseAst} from 'rolldown/parseAst';

/** One change of one operator or constant. */
export interface Mutant {
  /** Stays the same while the function does: file, function, change, and which of several such there. */
  key: string;
  file: string;
  fn: string;
  /** Numbers of the rules that the function implements, or the name of its protocol's folder. */
  rules: readonly string[];
  line: number;
  /** Offsets of the expression in the source. */
  start: number;
  end: number;
  original: string;
  replacement: string;
}

interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

const swaps: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '*': '+',
  '/': '*',
  '%': '+',
  '&': '|',
  '|': '&',
  '^': '&',
  '<<': '>>',
  '>>': '<<',
  '>>>': '<<',
  '&&': '||',
  '||': '&&',
  '+=': '-=',
  '-=': '+=',
};

/** Fields of the state: `v + V.mode` is the address of a cell, no sum; a mutant takes the cell after it. */
const fields = new Set(['V', 'A', 'T', 'E', 'Y', 'P', 'K', 'I', 'Own', 'Entry', 'RefA', 'RefV', 'RefK']);

/** Enumerated constants: each becomes the next number. */
const constants = new Set([
  'Reason',
  'Kind',
  'Mode',
  'Page',
  'Status',
  'Access',
  'Pc',
  'IrqPc',
  'ReadyPc',
  'VePc',
  'VeIrq',
  'EntryState',
  'Word',
  'Mask',
  'TaskMode',
  'Waits',
]);

/**
 * The mutants of a TypeScript source, in the order of the text. Only functions that bear a number of a rule are mutated
 * (in the comment above, else in those inside; that behind a line counts for the line), and those of the folder of a protocol; assertions are not, nor what is thrown when the engine itself is wrong.
 */
export function mutantsOf(file: string, source: string): Mutant[] {
  const found: Mutant[] = [];
  const seen = new Map<string, number>();
  const folder = /engine\/protocols\/([\w-]+)\//.exec(file)?.[1] ?? null;

  function visit(node: Node, owner: Owner | null): void {
    if (isSkipped(node)) return;
    const inner = functionOf(node, owner);
    if (inner !== null && inner.rules.length > 0) {
      const change = changeOf(node, source);
      if (change !== null) add(node, inner, change);
    }
    for (const child of childrenOf(node)) visit(child, inner);
  }

  function functionOf(node: Node, owner: Owner | null): Owner | null {
    const name = nameOfFunction(node);
    if (name === null) return owner;
    const said = rulesIn(commentBefore(source, node));
    const own = said.length > 0 ? said : rulesIn(source.slice(node.start, node.end));
    const rules = own.length > 0 || folder === null ? own : [folder];
    return {
      name: owner === null ? name : `${owner.name}.${name}`,
      rules: rules.length > 0 ? rules : (owner?.rules ?? []),
    };
  }

  function add(node: Node, owner: Owner, replacement: string): void {
    const original = source.slice(node.start, node.end);
    const what = `${file}#${owner.name}: ${flat(original)} => ${flat(replacement)}`;
    const nth = (seen.get(what) ?? 0) + 1;
    seen.set(what, nth);
    const key = nth === 1 ? what : `${what} (${nth})`;
    const line = source.slice(0, node.start).split('\n').length;
    const {start, end} = node;
    const ofLine = rulesIn(/\/\/[^\n]*$/.exec(source.split('\n')[line - 1])?.[0] ?? '');
    const rules = ofLine.length > 0 ? ofLine : owner.rules;
    found.push({key, file, fn: owner.name, rules, line, start, end, original, replacement});
  }

  visit(parseAst(source, {lang: 'ts'}) as unknown as Node, null);
  return found.sort((a, b) => a.start - b.start || b.end - a.end);
}

interface Owner {
  name: string;
  rules: readonly string[];
}

/** Types, imports, assertions and what is thrown: no behaviour of the protocol. */
function isSkipped(node: Node): boolean {
  if (node.type.startsWith('TS') && node.type !== 'TSAsExpression' && node.type !== 'TSNonNullExpression') return true;
  if (node.type === 'ImportDeclaration' || node.type === 'ThrowStatement') return true;
  return node.type === 'CallExpression' && (node.callee as Node).name === 'assert';
}

/** The expression as it would be with one operator or constant changed; null: it has none of its own. */
function changeOf(node: Node, source: string): string | null {
  const text = (child: unknown) => source.slice((child as Node).start, (child as Node).end);
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression': {
      if (isField(node.right)) return `${source.slice(node.start, node.end)} + 1`;
      const swapped = swaps[node.operator as string];
      return swapped === undefined ? null : `(${text(node.left)}) ${swapped} (${text(node.right)})`;
    }
    case 'AssignmentExpression': {
      const swapped = swaps[node.operator as string];
      return swapped === undefined ? null : `${text(node.left)} ${swapped} (${text(node.right)})`;
    }
    case 'UpdateExpression':
      return node.prefix ? null : `${text(node.argument)}${node.operator === '++' ? '--' : '++'}`;
    case 'UnaryExpression':
      if (node.operator === '!') return text(node.argument);
      return node.operator === '-' ? text(node.argument) : null;
    case 'Literal':
      if (typeof node.value === 'boolean') return String(!node.value);
      return typeof node.value === 'number' ? String(node.value + 1) : null;
    case 'MemberExpression':
      return !node.computed && constants.has((node.object as Node).name as string)
        ? `${source.slice(node.start, node.end)} + 1`
        : null;
    default:
      return null;
  }
}

function isField(value: unknown): boolean {
  const node = value as Node;
  return node.type === 'MemberExpression' && !node.computed && fields.has((node.object as Node).name as string);
}

/** The name under which a function is known; null: the node is none that has one. */
function nameOfFunction(node: Node): string | null {
  const isFunction = (value: unknown) =>
    /^(ArrowFunction|Function)Expression$/.test((value as Node | null)?.type ?? '');
  if (node.type === 'FunctionDeclaration') return (node.id as Node).name as string;
  if (node.type === 'VariableDeclarator' && isFunction(node.init)) return (node.id as Node).name as string;
  if ((node.type === 'Property' || node.type === 'MethodDefinition') && isFunction(node.value))
    return ((node.key as Node).name as string | undefined) ?? null;
  return null;
}

function childrenOf(node: Node): Node[] {
  // Names are no constants, and the value of a shorthand is its name again.
  const fields = Object.entries(node).filter(([name]) => name !== 'key' && name !== 'id' && name !== 'typeAnnotation');
  return fields.flatMap(([, value]) => (Array.isArray(value) ? value : [value])).filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** The comment that ends where the node begins, but for `export`. */
function commentBefore(source: string, node: Node): string {
  const before = source
    .slice(0, node.start)
    .replace(/(export |const |async )*$/, '')
    .trimEnd();
  if (before.endsWith('*/')) return before.slice(before.lastIndexOf('/*'));
  return /(?:^|\n)[ \t]*\/\/[^\n]*$/.exec(before)?.[0] ?? '';
}

/** Numbers of rules in the comments of a text. */
function rulesIn(text: string): string[] {
  const comments = [...text.matchAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g)].map(([comment]) => comment).join(' ');
  return [...new Set(comments.match(/\bR\d{1,2}\b/g) ?? [])];
}

function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}

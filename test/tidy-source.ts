import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseAst} from 'vitest/node';

export const root = fileURLToPath(new URL('../', import.meta.url));

/** A node of the syntax tree, as ESTree has it. */
export interface Syntax {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

export interface ImportOf {
  /** As it is written: './kinds.js', 'zod'. */
  from: string;
  /** It is gone once compiled. */
  isType: boolean;
}

/** One source file, parsed. Paths are relative to the repository, with slashes. */
export class SourceFile {
  readonly text: string;
  private readonly tree: Syntax;

  constructor(readonly name: string) {
    this.text = fs.readFileSync(path.join(root, name), 'utf8');
    this.tree = parseAst(this.text, {lang: name.endsWith('.ts') ? 'ts' : 'js'}) as unknown as Syntax;
  }

  get lines(): number {
    return this.text.split('\n').length - 1;
  }

  /** Every node, outer ones first. */
  nodes(): Syntax[] {
    const found: Syntax[] = [];
    const visit = (value: unknown): void => {
      if (Array.isArray(value)) value.forEach(visit);
      else if (isSyntax(value)) {
        found.push(value);
        Object.values(value).forEach(visit);
      }
    };
    visit(this.tree);
    return found;
  }

  imports(): ImportOf[] {
    return this.nodes().flatMap((node) => {
      const {source} = node;
      if (!isSyntax(source) || typeof source.value !== 'string') return [];
      return [{from: source.value, isType: isTypeOnly(node)}];
    });
  }

  /** The files of this repository that it imports. */
  localImports(): {to: string; isType: boolean}[] {
    return this.imports()
      .filter(({from}) => from.startsWith('.'))
      .map(({from, isType}) => ({to: this.resolve(from), isType}));
  }

  lineOf(node: Syntax): number {
    return this.text.slice(0, node.start).split('\n').length;
  }

  /** `Math.sin`, `console`; the text of what a name or a plain member expression stands for, else null. */
  textOf(node: unknown): string {
    return isSyntax(node) ? this.text.slice(node.start, node.end) : '';
  }

  /** What was built is the source that it was built from. */
  private resolve(from: string): string {
    const target = path.posix.join(path.posix.dirname(this.name), from).replace(/^dist\//, '');
    const source = target.replace(/\.js$/, '.ts');
    return fs.existsSync(path.join(root, source)) ? source : target;
  }
}

/** Files under a folder, sorted; none if there is no such folder. */
export function filesUnder(folder: string): string[] {
  const start = path.join(root, folder);
  if (!fs.existsSync(start)) return [];
  return fs
    .readdirSync(start, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .sort();
}

function isTypeOnly(node: Syntax): boolean {
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type') return true;
  const specifiers = (node.specifiers ?? []) as Syntax[];
  return specifiers.length > 0 && specifiers.every((specifier) => specifier.importKind === 'type');
}

export function isSyntax(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null && typeof (value as Syntax).type === 'string';
}

import fs from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {protocolNames} from '../src/protocol/protocols.js';
import {filesUnder, isSyntax, root, SourceFile, type Syntax} from './tidy-source.js';

/*
 * The house rules. Each failure names the file, the line, and what to use instead.
 */

const isTypeScript = (name: string) => name.endsWith('.ts');
const sources = [...filesUnder('src'), ...filesUnder('commands')]
  .filter(isTypeScript)
  .concat(filesUnder('bin'))
  .map((name) => new SourceFile(name));
const tests = filesUnder('test')
  .filter(isTypeScript)
  .map((name) => new SourceFile(name));

/** Folders of one level do not know each other; what is above knows what is below. */
const levels: readonly (readonly string[])[] = [
  ['base'],
  ['protocol'],
  ['engine', 'scenario', 'measure'],
  ['world', 'trace'],
  ['cli', 'record', 'replay', 'diff', 'check', 'query'],
  ['commands'],
  ['bin'],
];

/** cli says in words what its neighbours found: it may know the types of their results, and nothing that runs. */
const knowsTypesOfNeighbours = 'cli';
/** bin starts the command line; oclif finds the commands. */
const startsFromBin = 'cli';

/** Folders that must reach the other neither directly nor through others. */
const apart = [
  {
    from: 'check',
    to: 'engine',
    use: 'its own reading of the trace: rules that judge the engine with its own code prove nothing',
  },
  {from: 'trace', to: 'engine', use: 'rows and plain numbers: traces stay readable whatever the engine becomes'},
];

const owners = [
  {package: /^apache-arrow(\/|$)/, folders: ['trace'], use: 'src/trace'},
  {package: /^@duckdb\//, folders: ['query'], use: 'src/query'},
  {package: /^ora$/, folders: ['cli'], use: 'Progress of src/cli/progress.ts'},
  {package: /^@oclif\/core$/, folders: ['cli', 'commands', 'bin'], use: 'BaseCommand, in a command'},
  {package: /^(zod|yaml)(\/|$)/, folders: ['scenario'], use: 'src/scenario'},
  {
    package: /^(string-width|csv-stringify)(\/|$)/,
    folders: ['query', 'cli'],
    use: 'writeResult of src/query/format.ts',
  },
  {package: /^(node:timers|node:perf_hooks|perf_hooks|timers)$/, folders: ['cli'], use: 'virtual time'},
];

/** The folder that a rule speaks of: engine for src/engine/protocols/pnp/host.ts, commands for commands/scenarios/show.ts. */
function folderOf(name: string): string {
  const [first, second] = name.split('/');
  return first === 'src' ? second : first;
}

function levelOf(name: string): number {
  return levels.findIndex((folders) => folders.includes(folderOf(name)));
}

describe('arrows', () => {
  test('every folder has its level', () => {
    const unknown = sources.filter(({name}) => levelOf(name) === -1).map(({name}) => name);
    expect(unknown, 'add the folder to `levels` here and to ARCHITECTURE.md').toEqual([]);
  });

  test('point down only', () => {
    const wrong = sources.flatMap((file) =>
      file
        .localImports()
        .filter((imported) => !mayImport(file.name, imported.to, imported.isType))
        .map(({to}) => `${file.name} imports ${to}: move what both need further down, or pass it as an argument`),
    );
    expect(wrong).toEqual([]);
  });

  test.each(apart)('$from never reaches $to', ({from, to, use}) => {
    const reached = reach(sources.filter(({name}) => folderOf(name) === from).map(({name}) => name));
    expect(
      [...reached].filter((name) => folderOf(name) === to),
      `use ${use}`,
    ).toEqual([]);
  });
});

function mayImport(from: string, to: string, isType: boolean): boolean {
  if (folderOf(from) === folderOf(to)) return true;
  if (to === 'package.json') return true;
  if (folderOf(from) === 'bin') return folderOf(to) === startsFromBin;
  if (levelOf(from) === levelOf(to)) return folderOf(from) === knowsTypesOfNeighbours && isType;
  return levelOf(to) !== -1 && levelOf(to) < levelOf(from);
}

/** A process and a thread of their own, which are started by their files, and hear nothing but messages. */
const startedByFile = ['src/query/child.ts', 'src/trace/encode/body-maker.ts'];

/** Everything that the files import, and what that imports, and so on; with the files. */
function reach(names: readonly string[]): Set<string> {
  const files = new Map([...sources, ...tests].map((file) => [file.name, file]));
  const reached = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    for (const {to} of files.get(name)?.localImports() ?? []) waiting.push(to);
  }
  return reached;
}

test('every package has one owner', () => {
  const wrong = sources.flatMap((file) =>
    file
      .imports()
      .flatMap(({from}) =>
        owners
          .filter((owner) => owner.package.test(from) && !owner.folders.includes(folderOf(file.name)))
          .map(({use}) => `${file.name} imports ${from}: use ${use}`),
      ),
  );
  expect(wrong).toEqual([]);
});

describe('results do not depend on the machine or the moment', () => {
  const pure = sources.filter(({name}) => name.startsWith('src/') && folderOf(name) !== 'cli');

  test('no clock outside of cli', () => {
    const clocks = /^(Date\.now|performance\.\w+|process\.hrtime.*|process\.uptime|Date|setTimeout|setInterval)$/;
    expect(uses(pure, clocks, 'virtual time, or a callback that cli gives')).toEqual([]);
  });

  test('no randomness but the seeded one', () => {
    const random = /^(Math\.random|(crypto\.)?(randomBytes|randomUUID|randomInt|getRandomValues))$/;
    expect(uses(pure, random, 'src/base/random.ts')).toEqual([]);
  });

  test('no mathematics that differs between engines', () => {
    const names =
      'sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp expm1 log log1p log2 log10 pow cbrt hypot';
    const transcendental = new RegExp(`^Math\\.(${names.replaceAll(' ', '|')})$`);
    const functions = uses(pure, transcendental, 'src/base/fixed-point.ts');
    const powers = pure.flatMap((file) =>
      file
        .nodes()
        .filter((node) => node.type === 'BinaryExpression' && node.operator === '**' && !isExactPower(node))
        .map(
          (node) => `${file.name}:${file.lineOf(node)}: ${file.textOf(node)}: use a table, or src/base/fixed-point.ts`,
        ),
    );
    expect([...functions, ...powers]).toEqual([]);
  });
});

/** Of two literals, or of bigints. */
function isExactPower({left, right}: Syntax): boolean {
  const operands = [left, right].filter(isSyntax);
  const isLiteral = (node: Syntax) => node.type === 'Literal';
  return operands.every(isLiteral) || operands.some((node) => typeof node.bigint === 'string');
}

test('only cli prints and ends the program', () => {
  const quiet = sources.filter(({name}) => !['cli', 'bin'].includes(folderOf(name)));
  const loud = /^(console(\.\w+)?|process\.(exit|abort|stdout|stderr|exitCode|on|once)(\.\w+)?)$/;
  const setsExitCode = (line: string) => line.startsWith('commands/') && line.includes('process.exitCode');
  const use = 'a return value, an ApfError, or the methods of BaseCommand';
  const listens = (line: string) => startedByFile.some((name) => line.startsWith(name)) && line.includes('process.on:');
  expect(uses(quiet, loud, use).filter((line) => !setsExitCode(line) && !listens(line))).toEqual([]);
});

/** Where names or member expressions are used that match; each with what to use instead. */
function uses(files: readonly SourceFile[], pattern: RegExp, instead: string): string[] {
  return files.flatMap((file) =>
    file
      .nodes()
      .filter((node) => callOrMember(node, file, pattern))
      .map((node) => `${file.name}:${file.lineOf(node)}: ${file.textOf(node)}: use ${instead}`),
  );
}

/** Member expressions, calls and `new` of plain names: what a type is called does not matter. */
function callOrMember(node: Syntax, file: SourceFile, pattern: RegExp): boolean {
  if (node.type === 'MemberExpression') return pattern.test(file.textOf(node).replaceAll('?.', '.'));
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return false;
  return isSyntax(node.callee) && node.callee.type === 'Identifier' && pattern.test(file.textOf(node.callee));
}

/** Loaded by the name of a protocol, which no import statement shows. */
const loadedByProtocol = protocolNames.flatMap((name) => [
  `src/engine/protocols/${name}/protocol.ts`,
  `src/check/${name}/rules.ts`,
]);

describe('no forgotten files', () => {
  test('every source file is used', () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    const named = [manifest.oclif.helpClass, ...Object.values(manifest.oclif.hooks)].map((name) =>
      String(name).replace('./dist/', '').replace('.js', '.ts'),
    );
    const isStart = (name: string) =>
      /^(commands|bin)\//.test(name) ||
      /^test\/(.*\.test|bench\/(bench|peer)|fuzz\/fuzz|mutate\/(mutate|runner|vitest\.config))\.ts$/.test(name) ||
      loadedByProtocol.includes(name) ||
      startedByFile.includes(name);
    const starts = [...sources, ...tests].map(({name}) => name).filter(isStart);
    const reached = reach([...starts, ...named]);
    const forgotten = [...sources, ...tests].map(({name}) => name).filter((name) => !reached.has(name));
    expect(forgotten, 'import it, test it, or delete it').toEqual([]);
  });

  test('every view and macro is in its list', () => {
    const list = ['views', 'macros']
      .map((name) => fs.readFileSync(path.join(root, `src/query/${name}.ts`), 'utf8'))
      .join();
    const views = filesUnder('src').filter((name) => name.endsWith('.sql'));
    expect(views.filter((name) => !list.includes(`'${path.basename(name, '.sql')}'`))).toEqual([]);
  });

  test('every fixture is in fixtures/README.md', () => {
    const readme = fs.readFileSync(path.join(root, 'fixtures/README.md'), 'utf8');
    const isNamed = (name: string) => readme.includes(path.basename(name).split('.')[0]);
    const unnamed = filesUnder('fixtures').filter((name) => name !== 'fixtures/README.md' && !isNamed(name));
    expect(unnamed, 'say in fixtures/README.md what it is and how it was made').toEqual([]);
  });

  test('nothing is left over from an editor or a merge', () => {
    const all = ['bin', 'commands', 'src', 'test', 'fixtures'].flatMap(filesUnder);
    expect(all.filter((name) => /(\.orig|\.rej|\.tmp|\.bak|~|\.tmp\.test\.ts)$/.test(name))).toEqual([]);
  });
});

describe('the repository fits every machine', () => {
  test('the lock file names no registry', () => {
    const lock = fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8');
    expect(lock.includes('"resolved"'), 'npm install with the .npmrc of this repository leaves it out').toBe(false);
  });

  test('the lock file has an entry for each platform of a dependency', () => {
    const {packages} = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
    const optional = Object.values<{optionalDependencies?: object}>(packages).flatMap((entry) =>
      Object.keys(entry.optionalDependencies ?? {}),
    );
    const missing = optional.filter((name) => packages[`node_modules/${name}`] === undefined);
    expect(missing, 'npm drops those that a registry lacks, and npm ci then fails elsewhere: add them').toEqual([]);
  });

  test('no file names a home folder, or the folder that this one is in', () => {
    const folders = ['.ci', 'bin', 'commands', 'docs', 'fixtures', 'src', 'test'].flatMap(filesUnder);
    const atTop = fs.readdirSync(root, {withFileTypes: true}).filter((entry) => entry.isFile());
    const texts = [...folders, ...atTop.map(({name}) => name)].filter((name) => !/\.(arrow|gz)$/.test(name));
    const home = /(?<![\w.])\/(home|Users)\/[\w.-]+\//;
    const wrong = texts.filter((name) => {
      const text = fs.readFileSync(path.join(root, name), 'utf8');
      return home.test(text) || text.includes(root);
    });
    expect(wrong, 'use a path relative to the file or to the repository').toEqual([]);
  });
});

test('files and functions stay small: warns only', () => {
  const linesMax = {file: 300, function: 70};
  const warnings = [...sources, ...tests].flatMap((file) => {
    const long = file
      .nodes()
      .filter((node) => /^(Function(Declaration|Expression)|ArrowFunctionExpression)$/.test(node.type))
      .map((node) => ({line: file.lineOf(node), lines: file.textOf(node).split('\n').length}))
      // What a test file wraps its tests in is no function in this sense.
      .filter(({lines}) => lines > linesMax.function && !file.name.startsWith('test/'))
      .map(({line, lines}) => `${file.name}:${line}: a function of ${lines} lines, expected ${linesMax.function}`);
    const {lines} = file;
    return lines > linesMax.file ? [...long, `${file.name}: ${lines} lines, expected ${linesMax.file}`] : long;
  });
  for (const warning of warnings) console.warn(warning);
  expect(sources.length).toBeGreaterThan(0);
});

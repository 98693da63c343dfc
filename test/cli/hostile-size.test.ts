import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {fileURLToPath} from 'node:url';
import {beforeAll, expect, test} from 'vitest';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {resignTrace} from '../trace/resign.js';
import {ApfFolder, short} from './run-apf.js';

/*
 * Bad data is one clear error within 2 seconds and 512 MB, however large the file is or says that it is.
 */

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const fileBytes = 100 << 20;
const rssMaxKb = 512 << 10;
/** Of the processor: other tests run beside this one, and take it away meanwhile. */
const cpuMaxMs = 2_000;

const folder = new ApfFolder();
let small: Buffer;
let prefixBytes: number;

beforeAll(() => {
  folder.run('record', ...short, '-o', 'small.arrow');
  small = fs.readFileSync(folder.file('small.arrow'));
  const reader = openTrace(folder.file('small.arrow'));
  prefixBytes = reader.batches[0].offset;
  reader.close();
  // Says on exit how much memory the process took at most, in KB, and how long it was busy, in ms.
  fs.writeFileSync(
    folder.file('usage.mjs'),
    `import fs from 'node:fs';
    process.on('exit', () => {
      const {maxRSS, userCPUTime, systemCPUTime} = process.resourceUsage();
      fs.writeFileSync('usage', JSON.stringify([maxRSS, (userCPUTime + systemCPUTime) / 1000]));
    });`,
  );
});

const commands: readonly string[][] = [
  ['info', 'big.arrow'],
  ['replay', 'big.arrow'],
  ['check', 'big.arrow'],
  ['dump', 'big.arrow'],
  ['query', '-t', 'big.arrow', 'SELECT count(*) FROM events'],
  ['diff', 'big.arrow', 'small.arrow'],
];

/** Each command ends with 65 and one clear error, soon and in little memory. */
function expectRefused(message: RegExp): void {
  for (const command of commands) {
    const argv = ['--import', './usage.mjs', program, ...command];
    const ran = spawnSync(process.execPath, argv, {cwd: folder.path, encoding: 'utf8'});
    expect({command, status: ran.status, stderr: ran.stderr}).toMatchObject({
      status: 65,
      stderr: expect.stringMatching(message),
    });
    expect(ran.stderr.split('\n').length, ran.stderr).toBeLessThan(5);
    expectModest(command[0]);
  }
}

/** The last command took as little as is promised. */
function expectModest(command: string): void {
  const [rssKb, cpuMs] = JSON.parse(fs.readFileSync(folder.file('usage'), 'utf8'));
  expect(rssKb, command).toBeLessThan(rssMaxKb);
  expect(cpuMs, command).toBeLessThan(cpuMaxMs);
}

/** The schema of a trace, and 100 MB of something. */
function bigFile(fill: (bytes: Buffer) => void): void {
  const rest = Buffer.alloc(fileBytes - prefixBytes);
  fill(rest);
  fs.writeFileSync(folder.file('big.arrow'), Buffer.concat([small.subarray(0, prefixBytes), rest]));
}

test('100 MB of ones after the schema', () => {
  bigFile((rest) => rest.fill(0xff));
  expectRefused(/^apf: big\.arrow: byte \d+: /m);
});

test('100 MB of headers after the schema', () => {
  const reader = openTrace(folder.file('small.arrow'));
  const {offset, headerBytes} = reader.batches[0];
  reader.close();
  bigFile((rest) => rest.fill(small.subarray(offset, offset + headerBytes)));
  expectRefused(/^apf: big\.arrow: byte \d+: /m);
});

test('a header that says that it is 2 GB long', () => {
  bigFile((rest) => {
    rest.writeUInt32LE(0xffffffff, 0);
    rest.writeUInt32LE(0x7ffffff8, 4);
  });
  expectRefused(/^apf: big\.arrow: byte \d+: /m);
});

test.each([
  ['vcpus', 2 ** 31],
  ['tokens', 2 ** 31],
  ['host.memory.pages', 2 ** 40],
  ['guest.tasks.0.count', 2 ** 31],
])('a scenario, rightly signed, that says %s = %i', (key, value) => {
  const reader = openTrace(folder.file('small.arrow'));
  const scenario = structuredClone(reader.metadata.scenario) as Record<string, unknown>;
  reader.close();
  const path = key.split('.');
  const last = path.pop() as string;
  const node = path.reduce((at, name) => at[name] as Record<string, unknown>, scenario);
  node[last] = value;
  resignTrace(folder.file('small.arrow'), folder.file('big.arrow'), {metadata: {scenario}});
  const needScenario = commands.filter(([name]) => name === 'replay' || name === 'check');
  for (const command of needScenario) {
    const argv = ['--import', './usage.mjs', program, ...command];
    const ran = spawnSync(process.execPath, argv, {cwd: folder.path, encoding: 'utf8'});
    expect({command, status: ran.status}).toEqual({command, status: 65});
    expect(ran.stderr).toMatch(/^apf: big\.arrow: .*scenario/m);
    expectModest(command[0]);
  }
});

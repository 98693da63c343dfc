import fs from 'node:fs';
import {describe, expect, test} from 'vitest';
import {resignTrace} from '../trace/resign.js';
import {ApfFolder, short} from './run-apf.js';

const folder = new ApfFolder();
folder.run('record', ...short, '-o', 'plain.arrow');
folder.run('record', ...short, '--compression', 'zstd', '-o', 'zstd.arrow');

describe('a compressed trace', () => {
  test('is what info tells, with the digest of the plain one', () => {
    const [plain, zstd] = ['plain.arrow', 'zstd.arrow'].map((name) => folder.json('info', name));
    const {size} = fs.statSync(folder.file('zstd.arrow'));
    expect(zstd).toMatchObject({compression: 'zstd', bytes: size, digest: plain.digest, problems: []});
    expect(plain).toMatchObject({compression: 'none', bytes: fs.statSync(folder.file('plain.arrow')).size});
    expect(size).toBeLessThan(Number(plain.bytes) / 2);
    expect(folder.run('info', 'zstd.arrow').stdout).toContain('compression zstd');
  });

  test.for([
    ['replay'],
    ['check'],
    ['dump', '--kind', 'sleep'],
    ['query', 'SELECT kind, count(*), sum(value) FROM events GROUP BY ALL ORDER BY ALL'],
    ['query', 'FROM faults'],
  ])('%s says the same of both', ([command, ...rest]) => {
    const [plain, zstd] = ['plain', 'zstd'].map((name) => folder.run(command, '-t', `${name}.arrow`, ...rest));
    expect(zstd.stdout.replaceAll('zstd.arrow', 'plain.arrow')).toBe(plain.stdout);
    expect(zstd).toMatchObject({status: 0, stderr: plain.stderr});
    expect(plain.stdout.length).toBeGreaterThan(50);
  });

  test('has the same bytes whether a thread of its own compressed it or not', () => {
    const long = ['record', 'overcommit', '--limit-events', '150000'];
    folder.run(...long, '-o', 'long.arrow');
    folder.run(...long, '--compression', 'zstd', '-o', 'by-thread.arrow');
    resignTrace(folder.file('long.arrow'), folder.file('at-once.arrow'), {compression: 'zstd'});
    const [byThread, atOnce] = ['by-thread', 'at-once'].map((name) => fs.readFileSync(folder.file(`${name}.arrow`)));
    expect(byThread.equals(atOnce)).toBe(true);
    expect(folder.json('info', 'by-thread.arrow')).toMatchObject({batches: 3, compression: 'zstd', complete: true});
  });

  test('diff finds no difference between both', () => {
    expect(folder.run('diff', 'plain.arrow', 'zstd.arrow')).toMatchObject({status: 0});
  });

  test('that is damaged or cut is told as such, and repaired', () => {
    const bytes = fs.readFileSync(folder.file('zstd.arrow'));
    fs.writeFileSync(folder.file('cut.arrow'), bytes.subarray(0, bytes.length - 100));
    expect(folder.json('info', 'cut.arrow')).toMatchObject({complete: false, problems: [{code: 'TRACE_CUT'}]});
    expect(folder.run('repair', 'cut.arrow', '-o', 'mended.arrow').status).toBe(0);
    expect(fs.readFileSync(folder.file('mended.arrow')).equals(bytes)).toBe(true);
    bytes[bytes.length >> 1] ^= 1;
    fs.writeFileSync(folder.file('damaged.arrow'), bytes);
    const ran = folder.run('replay', 'damaged.arrow');
    expect(ran).toMatchObject({status: 65, stdout: ''});
    expect(ran.stderr).toMatch(/batch 0, column \w+: (no zstd compression of \d+ bytes|SHA-256 is)/);
  });
});

import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';

const program = fileURLToPath(new URL('../../dist/test/fuzz/fuzz.js', import.meta.url));

test('400 mangled, cut, spliced, forged and signed traces: each is refused or read rightly', () => {
  const ran = spawnSync(process.execPath, [program, '--seed', '1', '--rounds', '400'], {
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toMatch(/^400 cases from seed 1: none went wrong/);
  expect(ran.status).toBe(0);
});

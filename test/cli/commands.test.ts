import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Command} from '@oclif/core';
import {expect, test} from 'vitest';

const folder = fileURLToPath(new URL('../../commands', import.meta.url));

/** Commands and flags are promises: what was there stays, and what is new is meant. */
test('the command tree is the one that was promised', async () => {
  const files = fs.readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(files.sort().map(describeCommand));
  await expect(
    texts.join('\n'),
    'when the change is meant: npx vitest run test/cli/commands.test.ts --update, and say it in CHANGELOG.md',
  ).toMatchFileSnapshot('../../fixtures/golden/commands.txt');
});

async function describeCommand(file: string): Promise<string> {
  const {default: command} = (await import(path.join(folder, file))) as {default: typeof Command};
  const id = file
    .replace(/(\/index)?\.ts$/, '')
    .split(path.sep)
    .join(' ');
  const args = Object.entries(command.args ?? {}).map(([name, arg]) => (arg.required ? name : `[${name}]`));
  const flags = Object.entries({...command.baseFlags, ...command.flags}).map(([name, flag]) => {
    const short = flag.char === undefined ? '' : `-${flag.char} `;
    const value = flag.type === 'boolean' ? '' : ` ${flag.options?.join('|') ?? 'VALUE'}`;
    const many = flag.type === 'option' && flag.multiple ? '...' : '';
    return `  ${short}--${name}${value}${many}`;
  });
  const json = command.enableJsonFlag ? ['  --json'] : [];
  return `${['apf', id, ...args].join(' ')}\n${[...flags, ...json].sort().join('\n')}\n`;
}

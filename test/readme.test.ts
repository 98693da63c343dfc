import fs from 'node:fs';
import {expect, test} from 'vitest';
import {ApfFolder} from './cli/run-apf.js';

const readme = fs.readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const folder = new ApfFolder();

/** The commands of the README's fenced examples, in order, each with what the README says that it prints. */
const examples = [...readme.matchAll(/^```\n(\$ .*?)^```$/gms)].flatMap(([, block]) =>
  block.split(/^\$ /m).flatMap((part) => {
    const end = part.indexOf('\n');
    return part === '' ? [] : [{command: part.slice(0, end), prints: part.slice(end + 1)}];
  }),
);

test('the README has its six examples', () => {
  expect(examples.length).toBeGreaterThanOrEqual(10);
});

test('every example of the README prints what the README says', () => {
  for (const {command, prints} of examples) {
    const cat = /^cat (\S+)$/.exec(command);
    if (cat !== null) fs.writeFileSync(folder.file(cat[1]), prints);
    else expect(folder.shell(command.replace(/^apf\b/, '$APF')).stdout, `$ ${command}`).toBe(prints);
  }
});

import fs from 'node:fs';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {ApfFolder} from './run-apf.js';

/* Every file of fixtures/broken, in every command that reads a trace: an exit code, and what is said. */

const folder = new ApfFolder();
const broken = fileURLToPath(new URL('../../fixtures/broken/', import.meta.url));

/** The exit code of info and of the commands that read rows, and what stderr says; null: the command says nothing. */
const expected: Record<string, {info: number; rows: number; says: string | null}> = {
  'batch-twice.arrow': {info: 65, rows: 65, says: 'batch 1: time goes backwards'},
  'control-characters.arrow': {info: 0, rows: 0, says: null},
  'cut-in-batch-2.arrow': {info: 0, rows: 0, says: 'incomplete, 16 events can be read'},
  'cut-in-schema.arrow': {info: 65, rows: 65, says: 'inside its schema'},
  'flipped-body.arrow': {info: 65, rows: 65, says: 'batch 1, column seq: SHA-256'},
  'header-of-2-gb.arrow': {info: 65, rows: 65, says: 'a header of impossible length'},
  'huge-scenario.arrow': {info: 0, rows: 0, says: null},
  'wrong-footer.arrow': {info: 65, rows: 65, says: 'the footer is not that of the 3 batches before it'},
};

test('every file is told', () => {
  expect(fs.readdirSync(broken).sort()).toEqual(Object.keys(expected).sort());
});

test.each(Object.entries(expected))('%s', (name, {info, rows, says}) => {
  const file = `${broken}${name}`;
  const runs = [
    {command: ['info', file], status: info},
    {command: ['query', '-t', file, 'SELECT sum(seq) FROM events'], status: rows},
    {command: ['dump', file], status: rows},
    {command: ['diff', file, file], status: rows},
  ];
  for (const {command, status} of runs) {
    const ran = folder.run(...command);
    expect({command, status: ran.status}).toEqual({command, status});
    if (says === null) expect(ran.stderr, command[0]).toBe('');
    else expect(ran.stderr, command[0]).toContain(says);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
    expect(ran.stdout + ran.stderr, command[0]).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  }
});

test('a scenario that claims 2^31 vCPUs is refused by what would run it, before anything is allocated', () => {
  for (const command of ['replay', 'check']) {
    const ran = folder.run(command, `${broken}huge-scenario.arrow`);
    expect({command, status: ran.status, stdout: ran.stdout}).toEqual({command, status: 65, stdout: ''});
  }
});

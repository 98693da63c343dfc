import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {record} from '../../src/record/record.js';
import {loadScenario} from '../../src/scenario/load.js';
import {temporaryFolder} from '../trace/temporary-folder.js';

const folder = temporaryFolder();

// A change of the mask comes between an access and the next: it must not cost the trace one of its accesses.
test.for(['{}', '{interrupts-off: {probability: 1}}', '{interrupts-off: {every: 3ns, for: 1ns}}'])(
  'a traced task makes each of its accesses, guest %s',
  async (guest) => {
    const pages = Array.from({length: 20}, (_, page) => `I  ${(page + 1).toString(16)}000,4\n`);
    writeFileSync(join(folder, 'twenty.lackey'), pages.join(''));
    const file = join(folder, 'twenty.yaml');
    const tasks = '[{accesses: {trace: twenty.lackey, format: lackey, instruction: 1ns}}]';
    writeFileSync(
      file,
      `host: {memory: {pages: 32}}\nguest: ${guest.replace(/}$/, '')}${guest === '{}' ? '' : ','} tasks: ${tasks}}\n`,
    );
    const options = {output: null, limitEvents: null, accessesAll: false, signal: null, onProgress: null};
    const {counts, ended} = await record({...(await loadScenario(file)), ...options});
    expect({faults: counts.fault, retired: counts.retire, ended}).toEqual({faults: 20, retired: 20, ended: 'workload'});
  },
);

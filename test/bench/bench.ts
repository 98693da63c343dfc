import {mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, cpus, tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {benchHuge} from './huge.js';
import {print} from './medians.js';
import {benchQueries} from './queries.js';
import {benchRecording} from './recording.js';
import {benchStart} from './start.js';

/*
 * `npm run bench`: each figure beside a peer of the same run, taking turns: the machine is shared, and only ratios carry
 * over. --faults is the size of what is recorded (some 20 events a fault), --query-faults of what is queried, --huge adds
 * the memory that 100 million events take, which needs 8 GB of disk and ten minutes.
 */

const {values: flags} = parseArgs({
  options: {
    faults: {type: 'string', default: '100000'},
    'query-faults': {type: 'string', default: '500500'},
    huge: {type: 'boolean', default: false},
  },
});

const folder = mkdtempSync(join(tmpdir(), 'apf-bench-'));
try {
  print(`Node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model}`);
  await benchStart(folder);
  await benchRecording(folder, Number(flags.faults));
  await benchQueries(folder, Number(flags['query-faults']));
  if (flags.huge) benchHuge(folder);
} finally {
  rmSync(folder, {recursive: true});
}

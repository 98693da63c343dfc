import {rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {record} from '../../src/record/record.js';
import {replay} from '../../src/replay/replay.js';
import {loadScenario} from '../../src/scenario/load.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {medians, print, printRatio} from './medians.js';

/** What tracing costs beside the same run without it, and what replaying costs beside recording. */
export async function benchRecording(folder: string, faults: number): Promise<void> {
  const first = join(folder, 'first.arrow');
  const trace = join(folder, 'again.arrow');
  const loaded = await loadScenario('overcommit', {overrides: [`until.faults=${faults}`]});
  const options = {...loaded, limitEvents: null, accessesAll: false, signal: null, onProgress: null};
  const {events} = await record({...options, output: first});
  const compressed = join(folder, 'zstd.arrow');
  await record({...options, output: compressed, compression: 'zstd'});
  const ms: Record<string, number> = await medians({
    'record --no-trace': () => record({...options, output: null}),
    record: () => record({...options, output: trace}),
    // An earlier trace is kept aside: to remove the one before it takes time that is no event's.
    rm: () => rmSync(trace),
    replay: async () => {
      const reader = openTrace(first);
      await replay(reader, {signal: null, onProgress: null});
      reader.close();
    },
  });
  print(`${events} events of overcommit`);
  printRatio(ms, 'record', 'record --no-trace');
  printRatio(ms, 'replay', 'record');
  for (const [name, path] of Object.entries({'a trace': first, 'a trace, zstd': compressed})) {
    print(`${name.padEnd(34)}${`${(statSync(path).size / events).toFixed(1)} B`.padStart(12)}   an event`);
  }
  const ns = ((ms.record - ms['record --no-trace']) * 1e6) / events;
  print(`${'tracing'.padEnd(34)}${`${ns.toFixed(0)} ns`.padStart(12)}   an event`);
}

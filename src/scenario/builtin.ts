import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/*
 * The built-in scenarios, as YAML: each is an example to copy. All but real-program would go on for ever; until.faults
 * alone ends them. They are constants because tsc copies no YAML.
 */

const overcommit = `# A host that promised more memory than it has: four vCPUs, an SSD for what does not fit.
# Look for: the share of faults that are delivered; what a task's latency is made of (view faults: io_ns, notify_ns,
# run_delay_ns); vcpus that never sleep in the host, because there is always another task to run.
name: overcommit
description: 4 vCPUs, 16 tasks, more memory promised than there is; an SSD holds the rest
vcpus: 4
tokens: 64
until: {faults: 20000}
host:
  memory: {pages: 65536, resident: 32768, initially: present, replacement: lru}
  io:
    # The shape of 4 KiB random reads from an SSD: most near 60 us, one in a thousand near a millisecond.
    latency: {p0: 48us, p50: 64us, p90: 90us, p99: 330us, p99.9: 900us, p100: 3ms}
    channels: 32
guest:
  tasks:
    - name: worker
      count: 16
      compute: {exponential: 20us}
      accesses: {pattern: zipf, skew: 0.8}
costs: realistic
`;

const tokenStarvation = `# Sixteen tasks and four tokens on one vCPU: the fifth fault in flight finds no token, and the whole vCPU sleeps in
# the host though eleven tasks could run.
# Look for: deferrals with reason no_token, the sleeps they end in, and view starvation with pattern no_token. Raise
# tokens with --set tokens=16 and compare: apf diff names the first event that differs.
name: token-starvation
description: 16 tasks share 4 tokens on one vCPU; deferrals for want of a token stop them all
vcpus: 1
tokens: 4
until: {faults: 20000}
host:
  memory: {pages: 16384, resident: 4096, replacement: lru}
  io: {latency: {p0: 80us, p50: 100us, p99: 400us, p100: 2ms}}
guest:
  tasks:
    - name: reader
      count: 16
      compute: {exponential: 10us}
      accesses: {pattern: uniform}
costs: realistic
`;

const interruptsOff = `# A guest that keeps interrupts off for long stretches, as a driver under load does: page-not-present is now or never,
# so a fault with IF=0 stops the vCPU, and READY for other tasks waits until IF=1.
# Look for: deferrals with reason interrupts_off; a notify_ns far above its median where READY came during a stretch.
name: interrupts-off
description: long stretches with IF=0, in which faults sleep and READY waits
vcpus: 2
tokens: 64
until: {faults: 20000}
host:
  memory: {pages: 16384, resident: 8192, replacement: lru}
  io: {latency: {p0: 48us, p50: 64us, p99: 330us, p100: 1.7ms}}
guest:
  tasks:
    - name: worker
      count: 8
      compute: {exponential: 15us}
      accesses: {pattern: uniform}
  interrupts-off: {every: 1ms, for: 250us}
costs: realistic
`;

const memoryFailure = `# Eight pages of memory have failed for good. Each access to one is a fault whose resolution says so (result 1); the
# task goes on with its next access, and comes back: a failed page never becomes good, and the host keeps no account of
# what it has told the guest (R23). Page-not-present can always be delivered here (IF is 1, a token for each task), so
# that the guest lives; try --set tokens=2 and it is killed at the first failed page that finds none (R11).
# Look for: resolutions with result 1, their faults that end in abandon instead of retire, and no row of kind kill.
name: memory-failure
description: failed pages, accessed again and again by a guest that always can be told and survives
vcpus: 2
tokens: 64
until: {faults: 20000}
host:
  memory: {pages: 4096, resident: 2048, replacement: lru}
  io: {latency: {p0: 48us, p50: 64us, p99: 330us, p100: 1.7ms}}
  failures: {pages: [3, 10, 64, 65, 500, 1024, 2047, 4000]}
  recovery: none
guest:
  tasks:
    - name: worker
      count: 8
      compute: {exponential: 20us}
      accesses: {pattern: zipf, skew: 0.8}
costs: realistic
`;

const postcopy = `# The moment after a post-copy migration: the guest runs on its new host, and all of its memory is still on the old
# one, a network away. At first every access faults; then the hot pages have come, and the cold ones go on missing. The
# new host keeps a quarter of the guest, so that the run has no end of its own.
# Look for: the rate of faults falling over the first milliseconds, and halts: vCPUs with every task parked.
name: postcopy
description: a guest just migrated; all its pages are still on the old host, behind a network
vcpus: 4
tokens: 64
until: {faults: 20000}
host:
  memory: {pages: 131072, resident: 32768, initially: absent, replacement: lru}
  io:
    # A page over a network of 10 Gbit/s, through a userspace handler on each side.
    latency: {p0: 120us, p50: 250us, p90: 400us, p99: 1ms, p99.9: 4ms, p100: 20ms}
    channels: 16
guest:
  tasks:
    - name: service
      count: 24
      compute: {exponential: 50us}
      accesses: {pattern: zipf, skew: 0.9}
costs: realistic
`;

const realProgram = `# Every memory access of /usr/bin/true, as valgrind saw it, in half of the memory that it touches. It ends with the
# program.
# Look for: the first touches at the start of the program (its loader), and pages that are fetched again after the host
# has evicted them; instruction fetches fault like data.
name: real-program
description: the memory accesses of /usr/bin/true, in half of the memory that it touches
vcpus: 1
tokens: 64
host:
  memory: {pages: 140, resident: 70, replacement: lru}
  io: {latency: {p0: 48us, p50: 64us, p99: 330us, p100: 1.7ms}}
guest:
  tasks:
    - name: 'true'
      accesses: {trace: fixtures/workloads/true.lackey.gz, format: lackey, instruction: 1ns}
costs: realistic
`;

const waiting = `# A vCPU whose only task waits for its page, while a network card interrupts it. In HLT it goes on serving interrupts,
# and leaves the guest once for each; suspended by hypercall (--set guest.wait=hypercall) it leaves once, and what comes
# has to wait for the page.
# Look for: rows of kind halt, of which HLT has one more a wait than interrupts arrive in it, and the time from device to
# serve, which the hypercall makes half an I/O long.
name: waiting
description: one task and an interrupting device; HLT serves it while waiting, a hypercall does not
vcpus: 1
tokens: 64
until: {faults: 2000}
host:
  memory: {pages: 8192, resident: 4096, replacement: lru}
  io: {latency: {p0: 80us, p50: 100us, p99: 400us, p100: 2ms}}
guest:
  tasks:
    - name: reader
      compute: {exponential: 20us}
      accesses: {pattern: uniform}
  devices: {every: 30us}
  wait: hlt
costs: realistic
`;

const texts: readonly (readonly [name: string, text: string])[] = [
  ['overcommit', overcommit],
  ['token-starvation', tokenStarvation],
  ['interrupts-off', interruptsOff],
  ['memory-failure', memoryFailure],
  ['postcopy', postcopy],
  ['waiting', waiting],
  ['real-program', realProgram],
];

/** Each built-in scenario with its one line; the first is the default of `apf record`. */
export function listBuiltins(): {name: string; description: string}[] {
  return texts.map(([name, text]) => ({name, description: /^description: (.*)$/m.exec(text)?.[1] ?? ''}));
}

/** The YAML of a built-in scenario, comments and all; null when there is none of that name. */
export function builtinText(name: string): string | null {
  return texts.find(([known]) => known === name)?.[1] ?? null;
}

/** The text with paths that hold wherever it is copied to. */
export function withWholePaths(text: string): string {
  return text.replace(/\btrace: (fixtures\/[\w./-]+)/g, (_, path: string) => `trace: ${join(builtinFolder(), path)}`);
}

/**
 * What paths in built-in scenarios are relative to: the package's folder, which is two levels up from the sources and
 * three from what tsc makes of them.
 */
export function builtinFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('apf is wrong here: no package.json above its own code');
    folder = parent;
  }
  return folder;
}

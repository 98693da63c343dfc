import {expect, test} from 'vitest';
import {runProtocol} from '../check/run-protocol.js';
import {type KvmProtocol, randomKvmScenario} from './random-kvm-scenario.js';

const scenarioCount = 2000;
/** A run that makes more rows goes round for ever. */
const rowsMax = 100_000;

/**
 * What no random run comes to, and the runs written by hand do (test/check, test/protocols): nobody disables in a run,
 * and in the repaired forms page-not-present is always first; READY of apf-pf is an exception, taken at once.
 */
const unreached: Readonly<Record<KvmProtocol, readonly string[]>> = {
  'apf-int': ['PI-S9', 'dummy'],
  'apf-pf': ['ready-waits', 'dummy'],
};

test.for(['apf-int', 'apf-pf'] as const)(
  `${scenarioCount} random scenarios of %s: no invariant fires`,
  async (protocol) => {
    const reached = new Map<string, number>();
    for (let seed = 1; seed <= scenarioCount; seed++) {
      const scenario = randomKvmScenario(protocol, seed);
      const {report, ended} = await runProtocol(scenario, rowsMax);
      const what = `seed ${seed}: ${JSON.stringify(scenario)}`;
      expect(ended, what).not.toBe('none');
      expect(report.violations, what).toEqual([]);
      expect(
        report.identities.filter(({holds}) => !holds),
        what,
      ).toEqual([]);
      for (const [id, count] of Object.entries(report.reached)) reached.set(id, (reached.get(id) ?? 0) + count);
    }
    const never = [...reached].filter(([, count]) => count === 0).map(([id]) => id);
    expect(never).toEqual(unreached[protocol]);
  },
);

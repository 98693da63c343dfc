import {defineConfig} from 'vitest/config';
import {schemata} from './schemata.js';

/** The tests that run the engine in this process, and end soon. */
export default defineConfig({
  plugins: [schemata()],
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: [
      'test/rules/*.test.ts',
      'test/protocols/*.test.ts',
      'test/options/*.test.ts',
      'test/engine/*.test.ts',
      'test/misbehaviours/pnp.test.ts',
      'test/property/random-runs.test.ts',
      'test/record/the-address-of-the-access.test.ts',
    ],
    // A test that is called outside of its run may leave a rejection behind.
    dangerouslyIgnoreUnhandledErrors: true,
    runner: './test/mutate/runner.ts',
    env: {TZ: 'UTC'},
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});

import {defineConfig} from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    disableConsoleIntercept: true,
    env: {TZ: 'UTC', NO_COLOR: '1'},
    expect: {requireAssertions: true},
    testTimeout: 120_000,
  },
});

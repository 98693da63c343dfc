import {defineConfig} from 'vitest/config';

/** Threads run what the build made: Node reads no TypeScript. */
const threadsOfBuild = {
  name: 'threads-of-build',
  transform: (code: string, id: string) =>
    code.includes('new Worker(')
      ? code.replaceAll('import.meta.url', JSON.stringify(new URL(placeOf(id), import.meta.url).href))
      : null,
};

function placeOf(id: string): string {
  return id.replace(/^.*\/src\//, './dist/src/').replace(/\.ts$/, '.js');
}

export default defineConfig({
  plugins: [threadsOfBuild],
  test: {
    include: ['test/**/*.test.ts'],
    disableConsoleIntercept: true,
    env: {TZ: 'UTC', NO_COLOR: '1'},
    expect: {requireAssertions: true},
    testTimeout: 120_000,
  },
});

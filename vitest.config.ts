import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {defineConfig} from 'vitest/config';

/** Threads run what the build made, as everywhere: Node reads no TypeScript. */
const threadsOfBuild = {
  name: 'threads-of-build',
  transform(code: string, id: string) {
    const file = path.relative(import.meta.dirname, id).replaceAll('\\', '/');
    if (!file.startsWith('src/') || !code.includes('new Worker(')) return null;
    const built = path.join(import.meta.dirname, 'dist', file.replace(/\.ts$/, '.js'));
    return code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(built).href));
  },
};

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

import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Config} from '@oclif/core';
import {rolldown} from 'rolldown';

/*
 * The last step of the build: what tsc made of the command line and of the query process is replaced, under the same
 * names, by bundles with what they import, so that the program begins by reading a few files instead of hundreds. Then
 * oclif's manifest, so that it need not load every command to know them. The rest of dist serves the programs in test/.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');

const commands = fs
  .readdirSync(path.join(root, 'commands'), {recursive: true, encoding: 'utf8'})
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `commands/${name.replaceAll('\\', '/').slice(0, -'.ts'.length)}`);
const entries = ['src/cli/main', 'src/cli/help', 'src/cli/command-not-found', 'src/query/child', ...commands];

/** A chunk stands one folder below dist, a module elsewhere: what it says of its own place is where tsc put it. */
const ownPlaces = {
  name: 'own-places',
  transform(code, id) {
    const file = path.relative(root, id).replaceAll('\\', '/');
    if (!file.startsWith('src/') || !code.includes('import.meta.url')) return null;
    const place = `new URL('../${file.replace(/\.ts$/, '.js')}', import.meta.url).href`;
    return code.replaceAll('import.meta.url', place);
  },
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      const isOneBelow = chunk.fileName.split('/').length === 2;
      if (chunk.type === 'chunk' && !isOneBelow && chunk.code.includes('import.meta.url')) {
        throw new Error(`${chunk.fileName} asks for its own place, and stands elsewhere than in a folder of dist`);
      }
    }
  },
};

/** `import(`./protocols/${name}/protocol.js`)` becomes a table of the folders that there are. */
const protocolFolders = {
  name: 'protocol-folders',
  transform(code, id) {
    const found = /import\(\s*\/\* @vite-ignore \*\/\s*`(\.\/[\w/]*)\$\{(\w+)\}\/(\w+)\.js`\s*\)/.exec(code);
    if (found === null) return null;
    const [text, folder, name, file] = found;
    const from = path.join(path.dirname(id), folder);
    const names = fs.readdirSync(from).filter((entry) => fs.existsSync(path.join(from, entry, `${file}.ts`)));
    const table = names.map((entry) => `'${entry}': () => import('${folder}${entry}/${file}.js')`);
    return code.replace(text, `({${table.join(', ')}})[${name}]()`);
  },
};

const bundle = await rolldown({
  cwd: root,
  input: Object.fromEntries(entries.map((entry) => [entry, `${entry}.ts`])),
  platform: 'node',
  external: [/^@duckdb\/node-bindings/],
  plugins: [ownPlaces, protocolFolders],
});
await bundle.write({dir: dist, format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js', minify: true});

const {plugins} = await Config.load({root, ignoreManifest: true});
const [own] = plugins.values();
fs.writeFileSync(
  path.join(root, 'oclif.manifest.json'),
  JSON.stringify({...own.manifest, version: own.version}, null, 1),
);

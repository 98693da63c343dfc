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
/** Each program is a bundle of its own: a file that two of them shared would be one more to find and read. */
const programs = [['src/cli/main', 'src/cli/help', 'src/cli/command-not-found', ...commands], ['src/query/child']];

/** A chunk stands elsewhere than the modules in it: what one says of its own place is where tsc put it. */
const ownPlaces = {
  name: 'own-places',
  transform(code, id) {
    const file = path.relative(root, id).replaceAll('\\', '/');
    if (!file.startsWith('src/') || !code.includes('import.meta.url')) return null;
    const place = `new URL('dist:/${file.replace(/\.ts$/, '.js')}', import.meta.url).href`;
    return code.replaceAll('import.meta.url', place);
  },
  renderChunk: (code, {fileName}) => code.replaceAll('dist:/', '../'.repeat(fileName.split('/').length - 1)),
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

/**
 * What oclif and DuckDB's library require is loaded when it is first used: `const a_1 = require("./a")`, as tsc writes an
 * import, becomes an object that requires it then. Most of it no command ever uses.
 */
const lateRequires = {
  name: 'late-requires',
  transform(code, id) {
    if (!/node_modules[\\/](@oclif[\\/]core|@duckdb[\\/]node-api)[\\/]lib/.test(id)) return null;
    const late = code.replaceAll(
      /^(?:const|var) (\w+) = ((?:__import\w+\()?require\("[^"]+"\)\)?);$/gm,
      'const $1 = late(() => $2);',
    );
    return `${late}
      function late(load) {
        let loaded = null;
        return new Proxy({}, {get: (_, name) => (loaded ??= load())[name]});
      }`;
  },
};

/** oclif sorts the commands' names, which are ASCII, as a locale would: to load what that takes is a tenth of its time. */
const plainOrder = {
  name: 'plain-order',
  transform(code, id) {
    if (!/node_modules[\\/]@oclif[\\/]core[\\/]lib/.test(id)) return null;
    return code.replaceAll(/(\w+\.id)\.localeCompare\((\w+\.id)\)/g, '($1 < $2 ? -1 : Number($1 > $2))');
  },
};

for (const entries of programs) {
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((entry) => [entry, `${entry}.ts`])),
    platform: 'node',
    external: [/^@duckdb\/node-bindings/],
    plugins: [ownPlaces, protocolFolders, plainOrder, lateRequires],
  });
  await bundle.write({dir: dist, format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js', minify: true});
}

// What an earlier build wrote would be read instead of the commands.
const manifest = path.join(root, 'oclif.manifest.json');
fs.rmSync(manifest, {force: true});
const {plugins} = await Config.load({root});
const [own] = plugins.values();
fs.writeFileSync(manifest, JSON.stringify({...own.manifest, version: own.version}, null, 1));

import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {assert} from '../base/assert.js';

/*
 * One codec for every Node version, so that the same rows give the same compressed bytes: zlib has zstd from Node 22.15
 * on, in whatever version that Node was built with. WebAssembly also keeps what a hostile file does to it in a heap of
 * its own.
 */

/** zstd's own default. */
const level = 3;

/** An instance of a program; the types of the language's library have it only beside those of the browser. */
type Instance = object;

declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (program: object, imports: object) => Instance;
};

/** The part of the module that Emscripten made which is used here. Sizes and addresses in its heap are in bytes. */
interface ZstdModule {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  _ZSTD_isError(result: number): number;
  _ZSTD_compressBound(bytes: number): number;
  _ZSTD_compress(to: number, toBytes: number, from: number, fromBytes: number, level: number): number;
  _ZSTD_decompress(to: number, toBytes: number, from: number, fromBytes: number): number;
  /** Emscripten's own hook to make the instance at once instead of behind a promise. */
  instantiateWasm(imports: object, receive: (instance: Instance) => void): unknown;
  init(): void;
}

let loaded: ZstdModule | null = null;

/** Reads and compiles the codec when it is first needed: few traces are compressed. */
function zstd(): ZstdModule {
  if (loaded !== null) return loaded;
  const require = createRequire(import.meta.url);
  // The package's own entry can only be awaited, and trusts the size that a frame declares.
  const folder = path.dirname(require.resolve('@bokuweb/zstd-wasm'));
  const {Module} = require(path.join(folder, 'zstd.js')) as {Module: ZstdModule};
  const program = new WebAssembly.Module(fs.readFileSync(path.join(folder, 'zstd.wasm')));
  Module.instantiateWasm = (imports, receive) => receive(new WebAssembly.Instance(program, imports));
  Module.init();
  loaded = Module;
  return loaded;
}

/** Returns one frame. The same bytes give the same frame. */
export function compress(bytes: Uint8Array): Uint8Array {
  const module = zstd();
  const bound = module._ZSTD_compressBound(bytes.length);
  return withHeap(module, bytes, bound, (from, to) => {
    const size = module._ZSTD_compress(to, bound, from, bytes.length, level);
    assert(module._ZSTD_isError(size) === 0, `zstd: ${size}`);
    return module.HEAPU8.slice(to, to + size);
  });
}

/**
 * Fills `into` with what the frames hold, which may be hostile. False, with `into` unchanged, if they are damaged or hold
 * more or less; whatever they declare, no more memory than `into` has is used for what comes out.
 */
export function decompress(frames: Uint8Array, into: Uint8Array): boolean {
  const module = zstd();
  return withHeap(module, frames, into.length, (from, to) => {
    const size = module._ZSTD_decompress(to, into.length, from, frames.length);
    if (module._ZSTD_isError(size) !== 0 || size !== into.length) return false;
    into.set(module.HEAPU8.subarray(to, to + size));
    return true;
  });
}

/** Runs with the bytes and room for the result on the module's heap, whose views are new once it has grown. */
function withHeap<T>(module: ZstdModule, bytes: Uint8Array, room: number, run: (from: number, to: number) => T): T {
  const from = module._malloc(bytes.length);
  const to = module._malloc(room);
  assert(from !== 0 && to !== 0, `zstd: no memory for ${bytes.length} and ${room} bytes`);
  try {
    module.HEAPU8.set(bytes, from);
    return run(from, to);
  } finally {
    module._free(to);
    module._free(from);
  }
}

/**
 * Turns a byte of flags a row into a bitmap a flag: bit b of `flags[r]` becomes bit r of bitmap b, eight rows at a time.
 * Source: the 8 by 8 bit matrix transposition of Hacker's Delight, 7-3, in little-endian order.
 *
 * @param rows a multiple of 8
 * @param bitmaps one to eight, for the flags from bit 0 on
 */
export function transposeFlags(flags: Uint8Array, rows: number, bitmaps: readonly Uint8Array[]): void {
  const words = new Uint32Array(flags.buffer, flags.byteOffset, rows / 4);
  const [b0, b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0, b6 = b0, b7 = b0] = bitmaps;
  const count = bitmaps.length;
  for (let i = 0; i < words.length; i += 2) {
    const byte = i >>> 1;
    let x = words[i];
    let y = words[i + 1];
    let swap = (x ^ (x >>> 7)) & 0x00aa00aa;
    x ^= swap ^ (swap << 7);
    swap = (y ^ (y >>> 7)) & 0x00aa00aa;
    y ^= swap ^ (swap << 7);
    swap = (x ^ (x >>> 14)) & 0x0000cccc;
    x ^= swap ^ (swap << 14);
    swap = (y ^ (y >>> 14)) & 0x0000cccc;
    y ^= swap ^ (swap << 14);
    swap = (x ^ (y << 4)) & 0xf0f0f0f0;
    x ^= swap;
    y ^= swap >>> 4;
    if (count > 4) {
      b4[byte] = y;
      b5[byte] = y >>> 8;
      b6[byte] = y >>> 16;
      b7[byte] = y >>> 24;
    }
    // The first bitmap last: bitmaps that are not there stand for it above.
    b3[byte] = x >>> 24;
    b2[byte] = x >>> 16;
    b1[byte] = x >>> 8;
    b0[byte] = x;
  }
}

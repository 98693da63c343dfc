const units: Record<string, number> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Reads a size such as `512MiB`, `1.5GB` or `4096B`; null when it is none. Unit: bytes, rounded down. */
export function parseBytes(text: string): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)(B|[KMGT]i?B)$/.exec(text);
  return match === null ? null : Math.floor(Number(match[1]) * units[match[2]]);
}

/** Writes a size for people, in the largest binary unit of which there is a whole number: 536870912 is `512MiB`. */
export function formatBytes(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB']) {
    if (bytes >= units[unit] && bytes % units[unit] === 0) return `${bytes / units[unit]}${unit}`;
  }
  return `${bytes}B`;
}

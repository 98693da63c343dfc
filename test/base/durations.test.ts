import {describe, expect, test} from 'vitest';
import {durationNsMax, formatNs, parseDurationNs} from '../../src/base/durations.js';

describe('parseDurationNs', () => {
  test.for([
    ['0ns', 0],
    ['250ns', 250],
    ['64us', 64_000],
    ['1.5ms', 1_500_000],
    ['2s', 2_000_000_000],
    ['0.000000001s', 1],
    ['1.50us', 1500],
    ['9007199254740991ns', durationNsMax],
    ['9007199.254740991s', durationNsMax],
  ] as const)('%s is %d ns', ([text, ns]) => {
    expect(parseDurationNs(text)).toBe(ns);
  });

  test.for([
    '',
    '5',
    'ns',
    '5 us',
    '-1us',
    '+1us',
    '1e3ns',
    '0.5ns',
    '1.0001us',
    '9007199254740992ns',
    '5parsecs',
    '.5us',
    '1.us',
    '1us\n',
  ])('refuses %j', (text) => {
    expect(() => parseDurationNs(text)).toThrowError(expect.objectContaining({code: 'DURATION', exitCode: 65}));
  });
});

describe('formatNs', () => {
  test.for([
    [0, '0ns'],
    [999, '999ns'],
    [1000, '1us'],
    [1_500_000, '1.5ms'],
    [1_000_000_001, '1.000000001s'],
    [-64_000, '-64us'],
    [durationNsMax, '9007199.254740991s'],
  ] as const)('%d is %s', ([ns, text]) => {
    expect(formatNs(ns)).toBe(text);
  });

  test('reads back as the same number', () => {
    for (let ns = 1; ns < durationNsMax / 7; ns = ns * 7 + 3) expect(parseDurationNs(formatNs(ns))).toBe(ns);
  });
});

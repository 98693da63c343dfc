import {expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import {writeEntry} from '../../src/engine/protocols/pnp/ring.js';
import {none} from '../../src/protocol/row.js';
import {Run} from './driver.js';

test('Q5, R14: the acknowledgement of an entry that stands for no token frees none', () => {
  const run = new Run({tokenFreeOn: 'explicit_ack'});
  run.park(0, 0, 1);
  const nowhere = {row() {}};
  writeEntry(run.state, 0, 0, 77, 0, none, none, nowhere); // as a host that resolves what it never handed out
  pnp.host.raise(run.state, 0, none, none, nowhere);
  run.interrupt(0);
  run.steps(0);
  expect(run.of('consume')).toMatchObject([{token: 77, value: 0}]);
  expect(run.of('ack')).toMatchObject([{value: 1}]);
  expect(run.state.cells[run.state.vcpu(0) + V.tokensUsed]).toBe(1);
  run.complete(1, 0);
  run.settle();
  expect(run.of('ack')).toMatchObject([{value: 1}, {value: 1}]);
  expect(run.state.cells[run.state.vcpu(0) + V.tokensUsed]).toBe(0);
  expect(run.parked).toEqual([]);
});

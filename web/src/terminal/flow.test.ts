import { expect, test, vi } from 'vitest';
import { FlowControl, PAUSE_ABOVE_BYTES, RESUME_BELOW_BYTES } from './flow';

test('the server pauses once above the high mark and goes on once below the low one', () => {
  const [pause, resume] = [vi.fn(), vi.fn()];
  const flow = new FlowControl(pause, resume);

  flow.handed(PAUSE_ABOVE_BYTES);
  expect(pause).not.toHaveBeenCalled();
  flow.handed(1);
  flow.handed(1);
  expect(pause).toHaveBeenCalledTimes(1);

  flow.drawn(PAUSE_ABOVE_BYTES + 2 - RESUME_BELOW_BYTES);
  expect(resume).not.toHaveBeenCalled();
  flow.drawn(1);
  flow.drawn(RESUME_BELOW_BYTES - 1);
  expect(resume).toHaveBeenCalledTimes(1);

  flow.handed(PAUSE_ABOVE_BYTES + 1);
  expect(pause).toHaveBeenCalledTimes(2);
});

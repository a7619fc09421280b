import { expect, test, vi } from 'vitest';
import { ProblemError } from '../api/problem';
import type { SendOptions } from './upload';
import { PROGRESS_MS, totalsOf, UploadQueue, UPLOADS_AT_ONCE_MAX, type NewUpload } from './uploads';

const file = (path: string): NewUpload => ({
  folder: 'f',
  folderName: 'data',
  path,
  url: `/content/${path}`,
  body: new Blob(['12345']),
  replace: false,
});

/** A queue whose sendings end when the test says so. */
function queue() {
  const sendings: (SendOptions & { arrive: () => void; fail: (error: unknown) => void })[] = [];
  const onDone = vi.fn();
  const uploads = new UploadQueue(
    (options) =>
      new Promise((resolve, reject) => {
        options.signal.addEventListener('abort', () => reject(new Error('aborted')));
        sendings.push({ ...options, arrive: resolve, fail: reject });
      }),
    onDone,
  );
  const states = () => uploads.snapshot().map(({ state }) => state);
  return { uploads, sendings, states, onDone };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

test('only a few files are sent at one time, the next when one arrived', async () => {
  const { uploads, sendings, states, onDone } = queue();
  uploads.add(['a', 'b', 'c'].map(file));
  expect(UPLOADS_AT_ONCE_MAX).toBe(2);
  expect(states()).toEqual(['sending', 'sending', 'waiting']);

  sendings[0]?.arrive();
  await settle();
  expect(states()).toEqual(['done', 'sending', 'sending']);
  expect(onDone).toHaveBeenCalledTimes(1);
  expect(uploads.snapshot()[0]?.sentBytes).toBe(5);
});

test('a failed file tells why and can be sent again; the others go on', async () => {
  const { uploads, sendings, states } = queue();
  uploads.add([file('a'), file('b')]);
  sendings[0]?.fail(new ProblemError({ status: 507, detail: 'The folder is full.' }));
  await settle();
  expect(states()).toEqual(['failed', 'sending']);
  expect(uploads.snapshot()[0]?.problem?.detail).toBe('The folder is full.');

  uploads.retry(1);
  expect(states()).toEqual(['sending', 'sending']);
});

test('a file can be cancelled while it is sent and while it waits', async () => {
  const { uploads, states } = queue();
  uploads.add(['a', 'b', 'c'].map(file));
  uploads.cancel(3);
  uploads.cancel(1);
  await settle();
  expect(states()).toEqual(['cancelled', 'sending', 'cancelled']);
  expect(uploads.busy).toBe(true);
});

test('clearing keeps what is under way', async () => {
  const { uploads, sendings, states } = queue();
  uploads.add([file('a'), file('b')]);
  sendings[0]?.arrive();
  await settle();
  uploads.clear();
  expect(states()).toEqual(['sending']);
});

test('everything can be cancelled at once', async () => {
  const { uploads, states } = queue();
  uploads.add(['a', 'b', 'c', 'd'].map(file));
  uploads.cancelAll();
  await settle();
  expect(states()).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
  expect(uploads.busy).toBe(false);
});

test('progress is told now and then, the end always', async () => {
  const { uploads, sendings } = queue();
  const told = vi.fn();
  uploads.add([file('a')]);
  uploads.subscribe(told);
  for (let sent = 0; sent < 5; sent += 1) sendings[0]?.onProgress(sent);
  expect(told).toHaveBeenCalledTimes(0);
  const now = Date.now() + PROGRESS_MS;
  vi.spyOn(Date, 'now').mockReturnValue(now);
  sendings[0]?.onProgress(3);
  sendings[0]?.onProgress(4);
  expect(told).toHaveBeenCalledTimes(1);
  expect(uploads.snapshot()[0]?.sentBytes).toBe(3);
  vi.restoreAllMocks();
  sendings[0]?.arrive();
  await settle();
  expect(uploads.snapshot()[0]).toMatchObject({ state: 'done', sentBytes: 5 });
});

test('what is counted is what is still to arrive', async () => {
  const { uploads, sendings } = queue();
  uploads.add(['a', 'b', 'c', 'd'].map(file));
  sendings[0]?.arrive();
  sendings[1]?.fail(new Error('gone'));
  await settle();
  expect(totalsOf(uploads.snapshot())).toEqual({
    count: 4,
    done: 1,
    undone: 1,
    open: 2,
    bytes: 15,
    sentBytes: 5,
  });
});

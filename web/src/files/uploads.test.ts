import { expect, test, vi } from 'vitest';
import { ProblemError } from '../api/problem';
import type { SendOptions } from './upload';
import { UploadQueue, UPLOADS_AT_ONCE_MAX, type NewUpload } from './uploads';

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

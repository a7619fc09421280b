import { expect, test } from 'vitest';
import { NEW_CHOICE, plan } from './choices';
import {
  COMMAND_BYTES_MAX,
  faultsOf,
  faultyStep,
  loadDraft,
  newDraft,
  requestOf,
  saveDraft,
  type Draft,
} from './draft';

const nothing = plan([], new Map());
const draft = (changes: Partial<Draft> = {}): Draft => ({ ...newDraft(), name: 'mysess', ...changes });
const faults = (changes: Partial<Draft>) => faultsOf(draft(changes), nothing);

test('what was left alone is left to the server', () => {
  expect(requestOf(draft(), nothing)).toEqual({ name: 'mysess', type: 'interactive', mounts: [] });
});

test('everything that was said is asked for', () => {
  const everything = draft({
    name: ' mysess ',
    type: 'batch',
    command: 'python train.py\n',
    environment: 'python-3.14',
    environ: [{ name: 'EPOCHS', value: '3' }],
    memoryBytes: 2 ** 29,
    scratchBytes: 2 ** 30,
    processesMax: 16,
    idleSeconds: 3600,
  });
  expect(requestOf(everything, nothing)).toEqual({
    name: 'mysess',
    type: 'batch',
    startup_command: 'python train.py\n',
    environment: 'python-3.14',
    mounts: [],
    environ: { EPOCHS: '3' },
    resources: { memory_bytes: 2 ** 29, scratch_bytes: 2 ** 30, processes_max: 16 },
    idle_timeout_seconds: 3600,
  });
});

test('an interactive session takes no command along that was typed for a batch one', () => {
  expect(requestOf(draft({ command: 'make' }), nothing)).not.toHaveProperty('startup_command');
  expect(faults({ command: '' }).command).toBeNull();
});

test('a batch session needs a command', () => {
  expect(faults({ type: 'batch', command: ' \n' }).command).toBe('empty');
  expect(faults({ type: 'batch', command: '한'.repeat(COMMAND_BYTES_MAX / 3 + 1) }).command).toBe('long');
  expect(faults({ type: 'batch', command: 'make' }).command).toBeNull();
});

test('variables are told apart by their names', () => {
  const environ = ['A', '1B', 'A', '_c', ''].map((name) => ({ name, value: '' }));
  expect(faults({ environ }).environ).toEqual([null, 'name', 'twice', null, 'name']);
});

test('the first step at fault is the one to go to', () => {
  expect(faultyStep(faults({}))).toBeNull();
  expect(faultyStep(faults({ name: 'x', environ: [{ name: '', value: '' }] }))).toBe('type');
  expect(faultyStep(faults({ environ: [{ name: '', value: '' }] }))).toBe('environment');
  expect(faultyStep({ ...faults({}), mounts: true })).toBe('folders');
});

test('a draft comes back after a reload, and a broken one does no harm', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const said = draft({ choices: new Map([['id', { ...NEW_CHOICE, path: '/workspace' }]]) });
  saveDraft(storage, said);
  expect(loadDraft(storage)).toEqual(said);
  expect(loadDraft({ getItem: () => '{"choices": 3}' }).choices.size).toBe(0);
  expect(loadDraft({ getItem: () => 'x' }).type).toBe('interactive');
  expect(loadDraft(null).type).toBe('interactive');
});

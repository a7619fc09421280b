/**
 * A session that is being put together: what a person has said so far, and what is wrong with it. Pure, but for
 * {@link loadDraft} and {@link saveDraft}: a draft survives a reload in its tab.
 */
import { sessionNameFault, suggestedSessionName, type SessionNameFault } from '../sessions/names';
import type { NewSession } from '../sessions/sessions';
import { mountsOf, type Choice, type Choices, type Plan } from './choices';

/** Steps of the launcher, in their order. */
export const STEPS = ['type', 'environment', 'folders', 'confirm'] as const;
export type Step = (typeof STEPS)[number];

/** What a server takes as a startup command, in bytes. */
export const COMMAND_BYTES_MAX = 64 * 1024;
const ENVIRON_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** What the server gives where nothing is asked for (crates/sessions/src/limits.rs). */
export const DEFAULTS = { memoryBytes: GIB, scratchBytes: GIB, processesMax: 64 };
/** What is offered instead. */
export const MEMORY_BYTES = [256 * MIB, 512 * MIB, GIB, 2 * GIB, 4 * GIB, 8 * GIB, 16 * GIB] as const;
export const SCRATCH_BYTES = [256 * MIB, GIB, 4 * GIB, 16 * GIB, 64 * GIB] as const;
export const PROCESSES = [16, 64, 128, 256, 512] as const;
export const IDLE_SECONDS = [10 * 60, 60 * 60, 8 * 60 * 60, 24 * 60 * 60] as const;

export interface Variable {
  name: string;
  value: string;
}

export interface Draft {
  type: 'interactive' | 'batch';
  name: string;
  /** What a batch session runs. */
  command: string;
  /** Null: the server's default. So are the numbers below. */
  environment: string | null;
  environ: Variable[];
  memoryBytes: number | null;
  scratchBytes: number | null;
  processesMax: number | null;
  idleSeconds: number | null;
  /** The ticked folders. */
  choices: Choices;
}

export function newDraft(): Draft {
  return {
    type: 'interactive',
    name: suggestedSessionName(),
    command: '',
    environment: null,
    environ: [],
    memoryBytes: null,
    scratchBytes: null,
    processesMax: null,
    idleSeconds: null,
    choices: new Map(),
  };
}

/** Why a variable is refused; every value has its sentence under `start.environFault`. */
export type VariableFault = 'name' | 'twice';

/** What is wrong with a draft, step by step. */
export interface DraftFaults {
  name: SessionNameFault | null;
  command: 'empty' | 'long' | null;
  environ: (VariableFault | null)[];
  /** Some ticked folder cannot be mounted where it is asked for. */
  mounts: boolean;
}

export function faultsOf(draft: Draft, plan: Plan): DraftFaults {
  const names = draft.environ.map(({ name }) => name);
  return {
    name: sessionNameFault(draft.name.trim()),
    command: draft.type === 'batch' ? commandFault(draft.command) : null,
    environ: names.map((name, index) => {
      if (!ENVIRON_NAME.test(name)) return 'name';
      return names.indexOf(name) < index ? 'twice' : null;
    }),
    mounts: !plan.sound,
  };
}

function commandFault(command: string): DraftFaults['command'] {
  if (command.trim() === '') return 'empty';
  return new TextEncoder().encode(command).length > COMMAND_BYTES_MAX ? 'long' : null;
}

/** The first step on which something is wrong. */
export function faultyStep(faults: DraftFaults): Step | null {
  if (faults.name !== null || faults.command !== null) return 'type';
  if (faults.environ.some((fault) => fault !== null)) return 'environment';
  return faults.mounts ? 'folders' : null;
}

/** The request: what is left at its default is left out. */
export function requestOf(draft: Draft, plan: Plan): NewSession {
  const resources = {
    ...(draft.memoryBytes !== null && { memory_bytes: draft.memoryBytes }),
    ...(draft.processesMax !== null && { processes_max: draft.processesMax }),
    ...(draft.scratchBytes !== null && { scratch_bytes: draft.scratchBytes }),
  };
  const environ = Object.fromEntries(draft.environ.map(({ name, value }) => [name, value]));
  return {
    name: draft.name.trim(),
    ...(draft.environment !== null && { environment: draft.environment }),
    type: draft.type,
    mounts: mountsOf(plan),
    ...(draft.environ.length > 0 && { environ }),
    ...(Object.keys(resources).length > 0 && { resources }),
    ...(draft.type === 'batch' && { startup_command: draft.command }),
    ...(draft.idleSeconds !== null && { idle_timeout_seconds: draft.idleSeconds }),
  };
}

const KEY = 'berth.start';

type Stored = Omit<Draft, 'choices'> & { choices: [string, Choice][] };

/** The draft of this tab; a new one when there is none, or none of this version. */
export function loadDraft(storage: Pick<Storage, 'getItem'> | null): Draft {
  try {
    const stored = JSON.parse(storage?.getItem(KEY) ?? 'null') as Stored | null;
    if (stored === null) return newDraft();
    return { ...newDraft(), ...stored, choices: new Map(stored.choices) };
  } catch {
    return newDraft();
  }
}

export function saveDraft(storage: Pick<Storage, 'setItem'> | null, draft: Draft): void {
  try {
    storage?.setItem(KEY, JSON.stringify({ ...draft, choices: [...draft.choices] } satisfies Stored));
  } catch {
    // A browser may forbid storage; then a reload begins anew.
  }
}

export function forgetDraft(storage: Pick<Storage, 'removeItem'> | null): void {
  try {
    storage?.removeItem(KEY);
  } catch {
    // See saveDraft().
  }
}

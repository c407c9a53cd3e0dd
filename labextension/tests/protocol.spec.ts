import { readFileSync, readdirSync } from 'fs';
import { join } from 'path';
import { FRONT_FORMS, KERNEL_FORMS, PROTOCOL, decode } from '../src/protocol';
import { VERSION } from '../src/version';

const FOLDER = join(__dirname, '..', '..', 'tests', 'contract');
const examples = readdirSync(FOLDER)
  .filter(name => name.endsWith('.json'))
  .map(name => [name.replace('.json', ''), JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as unknown] as const);
const forms = { ...FRONT_FORMS, ...KERNEL_FORMS };

/** Every path to a value inside, so that each can be spoilt in turn. */
function paths(value: unknown, at: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, each]) => [[...at, key], ...paths(each, [...at, key])]);
}

function spoilt(value: unknown, path: string[]): unknown {
  const [key, ...rest] = path;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...(value as object) };
  const record = copy as Record<string, unknown>;
  const old = record[String(key)];
  record[String(key)] = rest.length > 0 ? spoilt(old, rest) : typeof old === 'object' ? 'wrong' : { wrong: true };
  return copy;
}

test('there is one contract file for each message, and the other way round', () => {
  expect(examples.map(([name]) => name).sort()).toEqual(Object.keys(forms).sort());
});

test.each(examples)('%s is understood', (name, message) => {
  expect(forms[name]?.(message)).toBe(true);
});

test.each(examples)('%s is refused when any value has the wrong form', (name, message) => {
  for (const path of paths(message)) {
    expect([path, forms[name]?.(spoilt(message, path))]).toEqual([path, false]);
  }
});

test.each(examples)('%s may carry keys that this version does not know', (name, message) => {
  expect(forms[name]?.({ ...(message as object), tomorrow: 1 })).toBe(true);
});

/** What was said first under this number: read anew, as what is left out is put in. */
function earlier(): { type: string }[] {
  return JSON.parse(readFileSync(join(FOLDER, 'earlier', `${PROTOCOL}.json`), 'utf8')) as { type: string }[];
}

// If this fails, let the new field be `since`, or raise PROTOCOL: else what an earlier kernel says is dropped unsaid.
test.each(Object.keys(KERNEL_FORMS))('%s as it was first under this number is still read', name => {
  const message = earlier().find(each => each.type === name);
  expect(decode(message)).toBe(message);
  expect(message).toMatchObject(earlier().find(each => each.type === name) ?? { type: 'missing' });
});

test('what an earlier kernel leaves out of its cards is what it meant', () => {
  const message = decode(earlier().find(each => each.type === 'view'));
  const view = message?.type === 'view' ? message.view : {};
  const files = view.changes?.flatMap(change => change.files) ?? [];
  expect(files.length).toBeGreaterThan(0);
  expect(files.map(file => file.blocked)).toEqual(files.map(() => ''));
  const hunks = files.flatMap(file => file.hunks);
  expect(hunks.map(hunk => hunk.more)).toEqual(hunks.map(() => 0));
  expect(view.turns?.map(turn => [turn.spent, turn.asked_seconds])).toEqual(view.turns?.map(() => [null, 0]));
});

test('decode takes what a kernel says and nothing else', () => {
  for (const [name, message] of examples) {
    expect(decode(message)).toEqual(name in KERNEL_FORMS ? message : null);
  }
  for (const junk of [null, undefined, 1, 'view', [], {}, { type: 'toString' }, { type: 'view' }, { type: 1 }]) {
    expect(decode(junk)).toBeNull();
  }
});

test('no message has an id directly inside content', () => {
  // ipykernel 7.4 keeps every such string until it is answered
  for (const [, message] of examples) {
    expect(JSON.stringify(message)).not.toMatch(/"content":\{[^{}]*"id":/);
  }
});

test('the version told to the kernel is the one of the package', () => {
  const metadata = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { version: string };
  expect(VERSION).toBe(metadata.version);
});

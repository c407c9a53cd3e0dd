import { readFileSync } from 'node:fs';
import { Gettext, nullTranslator } from '@jupyterlab/translation';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { edit } from '../src/sentences/edit';
import { grounds } from '../src/sentences/grounds';
import { python } from '../src/sentences/python';
import { talk } from '../src/sentences/talk';
import { Words } from '../src/words';
import type { IMarker } from '../src/words';

const MARKER: IMarker = { __: one => ({ one, many: '' }), _n: (one, many) => ({ one, many }) };
const SENTENCES = [talk, edit, python, grounds].flatMap(table => table(MARKER));

function translator(languageCode: string, bundle: TranslationBundle): ITranslator {
  return { languageCode, load: () => bundle };
}

/** A language whose words are the English ones, here and there with something around them. */
function language(around: (said: string) => string): Words {
  const bundle = {
    __: (id: string, ...args: unknown[]) => around(Gettext.strfmt(id, ...args)),
    _n: (one: string, many: string, n: number, ...args: unknown[]) =>
      around(Gettext.strfmt(n === 1 ? one : many, n, ...args))
  } as unknown as TranslationBundle;
  return new Words(translator('xx', bundle));
}

const bracketed = language(said => `⟦${said}⟧`);
const same = language(said => said);

/** What a sentence reads like in English with things put in. */
function sample(template: string): string {
  return template.replace(/%%|%(\d)/g, (_, slot?: string) => (slot === undefined ? '%' : `thing${slot}`));
}

test('there are sentences, each of them once', () => {
  const texts = SENTENCES.map(each => each.one);
  expect(texts.length).toBeGreaterThan(700);
  expect(texts.length - new Set(texts).size).toBe(0);
});

test.each(SENTENCES.map(({ one, many }) => [many === '' ? one : one.replaceAll('%1', '1')]))('%j is ours', template => {
  const text = sample(template);
  expect(bracketed.tell(text)).toMatch(/^⟦.*⟧$/s);
  expect(same.tell(text)).toBe(text);
});

test.each(SENTENCES.filter(each => each.many !== '').map(each => [each.many.replaceAll('%1', '12,345')]))(
  '%j is counted',
  template => {
    expect(bracketed.tell(sample(template))).toBe(`⟦${sample(template).replace('12,345', '12345')}⟧`);
  }
);

const examples = JSON.parse(readFileSync('../tests/sentences.json', 'utf8')) as Record<string, string>;

test.each(Object.entries(examples))('%j is recognised', (text, expected) => {
  expect(bracketed.tell(text)).toBe(expected);
  expect(same.tell(text)).toBe(text);
});

test.each(['', 'Login and logout', 'src/app.py', 'Client.get', 'The parser reads it.', 'a, b and c', 'x'.repeat(5000)])(
  '%j is not ours',
  text => {
    expect(bracketed.tell(text)).toBe(text);
    expect(bracketed.knows(text)).toBe(false);
  }
);

test('in English nothing is looked at', () => {
  const words = new Words(nullTranslator);
  expect(words.tell('Ready for your input')).toBe('Ready for your input');
  expect(words.tellReport('| for |')).toBe('| for |');
});

test('remarks are told, what the answer says is not', () => {
  const answer =
    '**Done:** `a.py` changed. `%maestro undo` or `codemaestro undo` takes it back.\n\nReady for your input';
  expect(bracketed.tellRemarks(answer)).toBe(
    '⟦**Done:** `a.py` changed. `%maestro undo` or `codemaestro undo` takes it back.⟧\n\nReady for your input'
  );
  expect(bracketed.tellRemarks('*Which part is it about? → all of it*\n\n*What then? → all of it*')).toBe(
    '*⟦Which part is it about?⟧ → ⟦all of it⟧*\n\n*What then? → all of it*'
  );
  expect(bracketed.tellRemarks('> m said nothing. Ask again. This answer was made without a model.\n\n> Quoted.')).toBe(
    '> ⟦⟦m said nothing.⟧ ⟦Ask again.⟧ This answer was made without a model.⟧\n\n> Quoted.'
  );
  const code = '```\n*Stopped, nothing billed.*\n```';
  expect(bracketed.tellRemarks(code)).toBe(code);
});

test('a report is told line by line, its tables cell by cell', () => {
  expect(bracketed.tellReport('No model was called.\n\n| day | tokens sent |\n|---|---|\n| cell | 12 |')).toBe(
    '⟦No model was called.⟧\n\n| ⟦day⟧ | ⟦tokens sent⟧ |\n|---|---|\n| ⟦cell⟧ | 12 |'
  );
});

test('numbers are written as the language writes them', () => {
  const german = new Words(translator('de_DE', nullTranslator.load('')));
  expect([german.number(12345), german.number(1.5, 2)]).toEqual(['12.345', '1,50']);
});

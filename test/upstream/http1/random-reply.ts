/** Valid replies at random, and what each is; and ways to cut and to spoil them. */
import type { Generator } from '../../core/generator.ts';

export interface RandomReply {
  /** A character for each byte. */
  readonly text: string;
  readonly status: number;
  /** Null for a reply without one by its kind. */
  readonly body: string | null;
  /** Whether it ends with its connection. */
  readonly ends: boolean;
  readonly isReusable: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

const interims = ['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'];
const pieces = [
  '\r\n',
  '\r\n\r\n',
  '0\r\n\r\n',
  'HTTP/1.1 200 OK\r\n',
  'a',
  '\0',
  '\xff',
  'data: {"a":1}\n\n',
];
const blanks = ['', ' ', '  ', '\t'];

function someBody(chance: Generator): string {
  const words = Array.from({ length: chance.below(12) }, () =>
    chance.pick(pieces).repeat(1 + chance.below(3)),
  );
  return chance.chance(0.05) ? words.join('').repeat(2_000) : words.join('');
}

function inChunks(chance: Generator, body: string): string {
  let coded = '';
  for (let at = 0; at < body.length; ) {
    const data = body.slice(at, at + 1 + chance.below(Math.max(8, body.length / 4)));
    at += data.length;
    const digits = data.length.toString(16).padStart(1 + chance.below(4), '0');
    const size = chance.chance(0.5) ? digits : digits.toUpperCase();
    coded += `${size}${chance.pick(['', '', ' ', ';a', ';a="b;c"', ' ; a=b'])}\r\n${data}\r\n`;
  }
  const trailers = chance.pick(['', '', 'x-sum: 1\r\n', 'content-length: 7\r\nx: y\r\n']);
  return `${coded}${chance.pick(['0', '000', '0;last'])}\r\n${trailers}\r\n`;
}

/** `body`: what it is to carry, if it is not left to chance as well. */
export function randomReply(chance: Generator, given?: string): RandomReply {
  const framing = chance.pick(
    given === undefined ? ['length', 'chunks', 'close', 'none'] : ['length', 'chunks', 'close'],
  );
  const status = framing === 'none' ? chance.pick([204, 304]) : chance.pick([200, 201, 400, 429, 503]);
  const body = framing === 'none' ? null : (given ?? someBody(chance));
  const headers: Record<string, string> = {};
  for (let left = chance.below(4); left > 0; left--)
    headers[`x-${left}`] = chance.pick(['', 'y', 'a: b', 'caf\xe9', '\xc3\xa0', '"a  b"']);
  const says = chance.chance(0.2);
  const lines = Object.entries(headers).map(([name, value]) => {
    const said = chance.chance(0.5) ? name : name.toUpperCase();
    return `${said}:${chance.pick(blanks)}${value}${chance.pick(blanks)}`;
  });
  if (framing === 'length')
    lines.push(`${chance.pick(['Content-Length', 'content-length'])}: ${body?.length}`);
  if (framing === 'chunks') lines.push(`Transfer-Encoding: ${chance.pick(['chunked', 'Chunked'])}`);
  if (says) lines.push(`Connection: ${chance.pick(['close', 'Close', 'x, close'])}`);
  const interim = chance.chance(0.2) ? chance.pick(interims).repeat(1 + chance.below(2)) : '';
  const reason = chance.pick(['', ' OK', ' Not So \xe9']);
  const coded = framing === 'chunks' ? inChunks(chance, body ?? '') : (body ?? '');
  return {
    text: `${interim}HTTP/1.1 ${status}${reason}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${coded}`,
    status,
    body,
    ends: framing === 'close',
    isReusable: framing !== 'close' && !says,
    headers,
  };
}

export function cutAtRandom(chance: Generator, text: string): string[] {
  const at = Array.from({ length: 1 + chance.below(8) }, () => chance.below(text.length + 1)).sort(
    (a, b) => a - b,
  );
  return [...at, text.length]
    .map((to, index) => text.slice(at[index - 1] ?? 0, to))
    .filter((piece) => piece !== '');
}

/** With something missing, doubled, changed or put in. */
export function spoiled(chance: Generator, text: string): string {
  const at = chance.below(text.length);
  const to = at + 1 + chance.below(4);
  const noise = chance.pick([
    '',
    '\r',
    '\n',
    '\0',
    ' ',
    ':',
    ';',
    '\xff',
    'g',
    '0',
    '\r\n',
    text.slice(at, to).repeat(2),
  ]);
  return text.slice(0, at) + noise + text.slice(chance.chance(0.5) ? at : to);
}

/** A reader of Prometheus' text format, strict about what it takes. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/gy;

function labelsOf(text: string, line: string): Record<string, string> {
  const found = [...text.matchAll(label)];
  if (found.map(([whole]) => whole).join('') !== text) throw new Error(`labels that cannot be read: ${line}`);
  const plain = (value: string) => value.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, plain(value)]));
}

/** Every sample; throws where a line is neither sample nor comment, or a family is not described. */
export function readSamples(text: string): Sample[] {
  const described = new Set<string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type?.[1] !== undefined) described.add(type[1]);
    if (line.startsWith('#')) continue;
    const [, name, labels = '', value] = sampleLine.exec(line) ?? [];
    if (name === undefined) throw new Error(`a line that is no sample: ${line}`);
    const family = name.replace(/_(bucket|sum|count)$/, '');
    if (!described.has(name) && !described.has(family)) throw new Error(`not described: ${name}`);
    samples.push({ name, labels: labelsOf(labels, line), value: Number(value) });
  }
  return samples;
}

/** Checks JSON against the shapes of an AWS service model: required members, types, enums, lengths, ranges, patterns. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonValue } from '../../src/core/json.ts';

const folder =
  process.env.OPENGATEWAY_SPECS_DIR ?? join(import.meta.dir, '..', '..', '..', 'shared', 'specs');
const file = join(folder, 'aws', 'bedrock-runtime.service-2.json');

interface Member {
  readonly shape: string;
  readonly location?: string;
}

interface Shape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, Member>>;
  readonly member?: Member;
  readonly key?: Member;
  readonly value?: Member;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  readonly union?: boolean;
  readonly document?: boolean;
  readonly exception?: boolean;
}

export const awsModelIsPresent = existsSync(file);

/** Where the specifications are, for tests of their vectors. */
export function awsSpecs(...path: string[]): string {
  return join(folder, 'aws', ...path);
}

export class AwsModel {
  readonly #shapes: Readonly<Record<string, Shape>> = JSON.parse(readFileSync(file, 'utf8')).shapes;

  /** Everything wrong with the value, as `path: what`; empty when it fits. */
  problems(shapeName: string, value: JsonValue | undefined, path = shapeName): string[] {
    const shape = this.#shapes[shapeName];
    if (shape === undefined) throw new Error(`no shape ${shapeName}`);
    if (shape.document === true) return value === undefined ? [`${path}: absent`] : [];
    switch (shape.type) {
      case 'structure':
        return this.#structure(shape, value, path);
      case 'list':
        if (!Array.isArray(value)) return [`${path}: no list`];
        return [
          ...within(shape, value.length, `${path}: list length`),
          ...value.flatMap((item, at) => this.problems(nameOf(shape.member), item, `${path}[${at}]`)),
        ];
      case 'map':
        if (!isObject(value)) return [`${path}: no map`];
        return [
          ...within(shape, Object.keys(value).length, `${path}: map size`),
          ...Object.entries(value).flatMap(([key, inner]) => [
            ...this.problems(nameOf(shape.key), key, `${path}{${key}}`),
            ...this.problems(nameOf(shape.value), inner, `${path}.${key}`),
          ]),
        ];
      case 'string':
        return this.#string(shape, value, path);
      case 'blob':
        if (typeof value !== 'string' || Buffer.from(value, 'base64').toString('base64') !== value)
          return [`${path}: no base64`];
        return within(shape, Buffer.from(value, 'base64').length, `${path}: blob length`);
      case 'boolean':
        return typeof value === 'boolean' ? [] : [`${path}: no boolean`];
      default: {
        if (typeof value !== 'number') return [`${path}: no number`];
        const whole = shape.type === 'integer' || shape.type === 'long';
        if (whole && !Number.isInteger(value)) return [`${path}: no integer`];
        return within(shape, value, `${path}: value`);
      }
    }
  }

  #structure(shape: Shape, value: JsonValue | undefined, path: string): string[] {
    if (!isObject(value)) return [`${path}: no structure`];
    const members = Object.entries(shape.members ?? {}).filter(([, { location }]) => location === undefined);
    const known = new Map(members);
    const given = Object.entries(value).filter(([, inner]) => inner !== undefined);
    const found = given.flatMap(([name, inner]) => {
      const member = known.get(name);
      return member === undefined
        ? [`${path}.${name}: unknown`]
        : this.problems(member.shape, inner, `${path}.${name}`);
    });
    for (const name of shape.required ?? [])
      if (known.has(name) && value[name] === undefined) found.push(`${path}.${name}: missing`);
    if (shape.union === true && given.length !== 1) found.push(`${path}: ${given.length} of a union`);
    return found;
  }

  #string(shape: Shape, value: JsonValue | undefined, path: string): string[] {
    if (typeof value !== 'string') return [`${path}: no string`];
    if (shape.enum !== undefined && !shape.enum.includes(value))
      return [`${path}: '${value}' is none of its words`];
    if (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`).test(value))
      return [`${path}: '${value}' does not match`];
    return within(shape, value.length, `${path}: length`);
  }
}

function nameOf(member: Member | undefined): string {
  if (member === undefined) throw new Error('a list or map without a member');
  return member.shape;
}

function within({ min, max }: Shape, size: number, what: string): string[] {
  if (min !== undefined && size < min) return [`${what} ${size} below ${min}`];
  return max !== undefined && size > max ? [`${what} ${size} above ${max}`] : [];
}

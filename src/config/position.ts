/** Where things stand in the text of a config file. */
import { findNodeAtLocation, type Node, type ParseError, parseTree } from 'jsonc-parser';

/** The text without the byte order mark that some editors put first, and that JSON does not know. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}

export function parse(text: string, errors: ParseError[] = []): Node | undefined {
  return parseTree(text, errors, { allowTrailingComma: true });
}

export function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `${line}:${offset - before.lastIndexOf('\n')}`;
}

/** Where a path stands: its key for unknown ones, its value otherwise; its nearest parent where it is absent. */
export function offsetOf(tree: Node, keys: readonly string[], ofKey: boolean): number {
  let node = tree;
  for (const key of keys) {
    // An item is found by a number alone, and only what is there tells a list from an object with the key "0".
    const child = findNodeAtLocation(node, [node.type === 'array' ? Number(key) : key]);
    if (child === undefined) return node.offset;
    node = child;
  }
  return ofKey ? (node.parent?.children?.[0]?.offset ?? node.offset) : node.offset;
}

/** `opengateway.json:3:12` for a setting of a file that could be read. */
export function locateSetting(text: string, name: string, path: readonly string[]): string {
  const plain = withoutMark(text);
  const tree = parse(plain);
  return tree === undefined ? name : `${name}:${lineAndColumn(plain, offsetOf(tree, path, false))}`;
}

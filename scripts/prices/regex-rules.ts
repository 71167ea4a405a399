/** The regular expressions of the price data, which are all of a few plain kinds, as rules. Throws for any other kind. */

const notSpeech = '^(?!.*-[tT][tT][sS](?:$|-))';

/** Texts an expression without repetition stands for: options are written out, a digit is `#`. */
function expand(expression: string): string[] {
  const optional = /\(([^()?]+)\)\?/.exec(expression);
  if (optional !== null)
    return ['', optional[1] ?? ''].flatMap((text) => expand(expression.replace(optional[0], text)));
  const either = /\[([-@]+)\]/.exec(expression);
  if (either !== null)
    return [...(either[1] ?? '')].flatMap((mark) => expand(expression.replace(either[0], mark)));
  const text = expression
    .replaceAll(/\\d\{(\d)\}/g, (_, times: string) => '#'.repeat(Number(times)))
    .replaceAll('\\d', '#')
    .replaceAll(/\\([.[\]])/g, '§$1');
  if (/(?<!§)[.*+?()[\]{}|\\^$]/.test(text)) throw new Error(`no rule for the expression '${expression}'`);
  return [text.replaceAll('§', '').toLowerCase()];
}

export function ruleTexts(expression: string): string[] {
  // A speech model is not the model whose name its own begins with.
  if (expression === notSpeech) return ['!$-tts', '!*-tts-'];
  const [, inside, end] = /^\^(.*?)(\$?)$/.exec(expression) ?? [];
  if (inside === undefined) throw new Error(`no rule for the expression '${expression}'`);
  return expand(inside).map((text) => (end === '$' ? '=' : '^') + text);
}

/** Files embedded with `with { type: 'text' }` are imported as their text. */
declare module '*.jsonl' {
  const text: string;
  export default text;
}

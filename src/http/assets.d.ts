/** Files embedded with `with { type: 'file' }` are imported as their path. */
declare module '*/swagger-ui-bundle.js' {
  const path: string;
  export default path;
}
declare module '*/swagger-ui.css' {
  const path: string;
  export default path;
}

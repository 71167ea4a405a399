/** The names under which a model may stand in the catalogue, the one it was called by first. */

/** A date written together, as some providers do, at the end of a name or before a further mark. */
const compactDate = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[-:@]|$)/;
/** What follows an inference profile's or a foundation model's ARN up to the model. */
const arn = /^arn:[\w-]+:[\w-]+:[\w-]*:\d*:[\w-]+\//;
/** A folder of a publisher or of models; at most a few, and never the whole name. */
const folder = /^(?:publishers\/[\w-]+\/)?models\//;
/** Geographies in which an inference profile runs. */
const geography = /^(?:us|us-gov|eu|apac|au|jp|ca|global|sa|me|af|in)\.(?=[a-z0-9-]+\.)/;
/** A version of the model's form, not of the model. */
const revision = /(?:-v\d+)?(?::\d+)(?::\d+k)?$/;

/** In lower case, none twice. */
export function namesOf(model: string): readonly string[] {
  const called = model.toLowerCase();
  const names = new Set([called]);
  const add = (change: (name: string) => string) => {
    for (const name of [...names]) names.add(change(name));
  };
  add((name) => name.replace(arn, ''));
  add((name) => name.replace(folder, ''));
  add((name) => name.replace('@', '-'));
  add((name) => name.replace(compactDate, '-$1-$2-$3'));
  add((name) => name.replace(geography, ''));
  add((name) => name.replace(revision, ''));
  names.delete('');
  return [...names];
}

/** The source's own word for all geographies but the global one. */
const anywhere = /^regional\./;

/** Whether a name of the catalogue is one that a model is called by. */
export function isCalled(name: string): boolean {
  return !anywhere.test(name);
}

/** What the scripted upstream's model says to an agent: it thinks, calls the tools the agent offers to edit a file, and is done. */
import type { Block, OfferedTool, Script } from '../../support/wire/scenario.ts';

export const fileName = 'notes.txt';
export const draft = 'This is the draft.\nIt has two lines.\n';
export const edited = 'This is the final text.\nIt has two lines.\n';
export const farewell = 'Done: the notes say final text.';

/** Of the thought before each call, in order. */
export const signatures = ['Zmlyc3QtdGhvdWdodA==', 'c2Vjb25kLXRob3VnaHQ='] as const;

const [before, after] = ['the draft', 'the final text'];
const patch = (file: string) =>
  [
    '*** Begin Patch',
    `*** Update File: ${file}`,
    '@@',
    '-This is the draft.',
    '+This is the final text.',
    ' It has two lines.',
    '*** End Patch',
    '',
  ].join('\n');

type Step = readonly [tool: string, input: Readonly<Record<string, unknown>> | string];

/** Each agent edits in its own way, told apart by the tool it offers for it. A text is for a tool of plain text. */
const plans: Readonly<Record<string, (file: string) => readonly Step[]>> = {
  Edit: (file) => [
    ['Read', { file_path: file }],
    ['Edit', { file_path: file, old_string: before, new_string: after }],
  ],
  edit: (file) => [
    ['read', { filePath: file }],
    ['edit', { filePath: file, oldString: before, newString: after }],
  ],
  replace: (file) => [
    ['read_file', { file_path: file }],
    ['replace', { file_path: file, instruction: 'Make it final.', old_string: before, new_string: after }],
  ],
  apply_patch: () => [['apply_patch', patch(fileName)]],
  exec: () => [['exec', `text(await tools.apply_patch(${JSON.stringify(patch(fileName))}))`]],
  exec_command: (file) => [
    ['exec_command', { cmd: `cat ${file}` }],
    ['exec_command', { cmd: `sed -i 's/${before}/${after}/' ${file}` }],
  ],
};

function callOf([name, input]: Step, id: string, tools: readonly OfferedTool[]): Block {
  const call = { type: 'call', id, name } as const;
  if (typeof input !== 'string') return { ...call, input };
  const tool = tools.find((offered) => offered.name === name);
  if (tool?.isCustom === true) return { ...call, input: {}, plain: input };
  // Upstreams without tools of plain text are offered one with a single argument in its place.
  return { ...call, input: { [tool?.arguments[0] ?? 'input']: input } };
}

export const agentScript: Script = ({ tools, results }, idPrefix, text) => {
  const [, file = fileName] = /(\/[^\s"'\\]+\/notes\.txt)/.exec(text) ?? [];
  const [, plan] = Object.entries(plans).find(([edit]) => tools.some(({ name }) => name === edit)) ?? [];
  // A title, say, is asked for without tools.
  if (plan === undefined) return { blocks: [{ type: 'text', text: 'A small edit' }] };
  const at = results.length;
  const step = plan(file)[at];
  if (step === undefined) return { blocks: [{ type: 'text', text: farewell }] };
  return {
    blocks: [
      { type: 'thought', text: `Step ${at + 1}.`, signature: signatures[at] ?? '' },
      callOf(step, `${idPrefix}${at + 1}`, tools),
    ],
  };
};

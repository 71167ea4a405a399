/** What the forwarded paths keep for their callers: which of them are collections of objects, and which leave nothing behind. */
import type { Collection, KeptObjects } from '../pipeline/objects/collections.ts';

function collectionsOf(kinds: Readonly<Record<string, string>>): readonly Collection[] {
  return Object.entries(kinds).map(([path, kind]) => ({
    path,
    kind,
    // The parts of a file may be as large as files are.
    ...((path === 'files' || path === 'uploads') && { takesFiles: true }),
  }));
}

export function noObjects(...stateless: readonly string[]): KeptObjects {
  return { collections: [], stateless };
}

export const openaiObjects: KeptObjects = {
  collections: collectionsOf({
    agents: 'agent',
    assistants: 'assistant',
    batches: 'batch',
    'chat/completions': 'chat completion',
    'chatkit/sessions': 'session',
    'chatkit/threads': 'thread',
    containers: 'container',
    content_provenance_checks: 'check',
    conversations: 'conversation',
    decisions: 'decision',
    evals: 'eval',
    files: 'file',
    'fine_tuning/checkpoints': 'checkpoint',
    'fine_tuning/jobs': 'fine-tuning job',
    live: 'session',
    'realtime/calls': 'call',
    responses: 'response',
    safety: 'object',
    skills: 'skill',
    threads: 'thread',
    // Makes a thread and its first run in one.
    'threads/runs': 'run',
    uploads: 'upload',
    vaults: 'vault',
    vector_stores: 'vector store',
    videos: 'video',
    'videos/characters': 'character',
    // Each makes a video of another.
    'videos/edits': 'video',
    'videos/extensions': 'video',
  }),
  stateless: [
    'fine_tuning/alpha/graders',
    'realtime/client_secrets',
    'realtime/sessions',
    'realtime/transcription_sessions',
    'realtime/translations/client_secrets',
    'responses/compact',
    'responses/input_tokens',
  ],
};

export const audioObjects: KeptObjects = {
  collections: collectionsOf({ 'audio/voices': 'voice', 'audio/voice_consents': 'voice consent' }),
  stateless: ['audio/speech', 'audio/transcriptions', 'audio/translations'],
};

/** A fine-tuned model is its team's to delete. */
export const modelObjects: KeptObjects = { collections: collectionsOf({ models: 'model' }), stateless: [] };

export const anthropicObjects: KeptObjects = {
  collections: collectionsOf({
    agents: 'agent',
    deployment_runs: 'deployment run',
    deployments: 'deployment',
    dreams: 'dream',
    environments: 'environment',
    files: 'file',
    memory_stores: 'memory store',
    'messages/batches': 'batch',
    sessions: 'session',
    skills: 'skill',
    tunnels: 'tunnel',
    user_profiles: 'user profile',
    vaults: 'vault',
  }),
  stateless: ['complete', 'models'],
};

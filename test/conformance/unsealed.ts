/**
 * Thoughts that reached a Responses client under a seal, as they come back from it: read as an upstream's, they would be
 * sealed once more.
 */
import type { FoldedBlock } from '../../src/core/fold.ts';
import { openForeign, openOwn } from '../../src/dialects/openai-responses/reasoning-seal.ts';

function foreignIn(block: FoldedBlock) {
  if (block.type !== 'reasoning') return undefined;
  const own = openOwn(block.signature) ?? openOwn(block.redacted);
  return own && openForeign(own.encrypted);
}

export function unsealed(blocks: readonly FoldedBlock[]): FoldedBlock[] {
  const signatures = new Map<string, string>();
  for (const block of blocks) {
    const { callId, data } = foreignIn(block) ?? {};
    if (callId !== undefined && data !== undefined) signatures.set(callId, data);
  }
  return blocks.flatMap((block): FoldedBlock[] => {
    if (block.type === 'tool-call') {
      const signature = signatures.get(block.id);
      return [signature === undefined ? block : { ...block, signature }];
    }
    const foreign = foreignIn(block);
    if (block.type !== 'reasoning' || foreign === undefined) return [block];
    if (foreign.kind === 'call') return [];
    return [{ type: 'reasoning', text: block.text, [foreign.kind]: foreign.data }];
  });
}

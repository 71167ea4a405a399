/** Proofs that reached a client of another API under a seal, as they come home from it. */
import type { FoldedBlock } from '../../src/core/fold.ts';
import { openSeal } from '../../src/core/signature-seal.ts';

function proofIn(block: FoldedBlock) {
  return block.type === 'reasoning' ? openSeal(block.redacted ?? block.signature ?? '') : undefined;
}

export function unsealed(blocks: readonly FoldedBlock[]): FoldedBlock[] {
  const proofs = blocks.map(proofIn);
  return blocks.flatMap((block): FoldedBlock[] => {
    if (block.type === 'tool-call') {
      const proof =
        openSeal(block.signature ?? '') ?? proofs.find((one) => one?.kind === 'call' && one.id === block.id);
      return [proof === undefined ? block : { ...block, signature: proof.data }];
    }
    const proof = proofIn(block);
    if (block.type !== 'reasoning' || proof === undefined) return [block];
    if (proof.kind === 'call') return block.text === '' ? [] : [{ type: 'reasoning', text: block.text }];
    return [{ type: 'reasoning', text: block.text, [proof.kind]: proof.data }];
  });
}

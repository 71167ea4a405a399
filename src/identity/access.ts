/** What a key may be used for: its own restrictions, and those of all it belongs to, every one of which holds. */
import { GatewayError } from '../core/errors.ts';
import type { Caps } from '../ledger/caps.ts';
import { matchesModel } from '../routing/model-pattern.ts';
import type { AddressRanges } from './address-ranges.ts';
import type { EntityKind, Restrictions } from './entity.ts';

/** One step of the way from a key up to its organization. */
export interface Level {
  readonly kind: EntityKind;
  readonly id: string;
  readonly disabled: boolean;
  readonly restrictions: Restrictions;
  /** Those of `restrictions.allowedIps`, ready to be asked. */
  readonly addresses: AddressRanges | undefined;
  /** Absent where it has none. */
  readonly caps?: Caps;
}

/** A model as it is about to be called. */
export interface ModelUse {
  /** As the client named it. */
  readonly asked: string;
  /** The other names the same model has here. */
  readonly names: readonly string[];
  readonly provider: string;
}

function allows(patterns: readonly string[] | null, text: string): boolean {
  return patterns === null || patterns.some((pattern) => matchesModel(pattern, text));
}

export class Access {
  readonly levels: readonly Level[];
  readonly isDisabled: boolean;
  /** Whether anything but the address can be refused: most keys are not restricted. */
  readonly isOpen: boolean;
  readonly #addresses: readonly AddressRanges[];

  constructor(levels: readonly Level[]) {
    this.levels = levels;
    this.isDisabled = levels.some(({ disabled }) => disabled);
    this.isOpen = levels.every(
      ({ restrictions: { models, providers, endpoints } }) =>
        models === null && providers === null && endpoints === null,
    );
    this.#addresses = levels.flatMap(({ addresses }) => addresses ?? []);
  }

  /** The address is asked for only where it matters: finding it is not free. */
  allowsAddress(from: { address(): string | undefined }): boolean {
    if (this.#addresses.length === 0) return true;
    const address = from.address();
    return address !== undefined && this.#addresses.every((ranges) => ranges.has(address));
  }

  /** Throws `endpoint_not_allowed`. */
  checkEndpoint(path: string): void {
    if (this.isOpen) return;
    for (const { restrictions } of this.levels)
      if (!allows(restrictions.endpoints, path))
        throw new GatewayError('endpoint_not_allowed', `This API key may not be used for ${path}.`);
  }

  allowsProvider(provider: string): boolean {
    return this.isOpen || this.levels.every(({ restrictions }) => allows(restrictions.providers, provider));
  }

  allowsModel({ asked, names, provider }: ModelUse): boolean {
    if (this.isOpen) return true;
    return (
      this.allowsProvider(provider) &&
      this.levels.every(
        ({ restrictions: { models } }) => allows(models, asked) || names.some((name) => allows(models, name)),
      )
    );
  }

  /** Whether the name alone is one the key was given, be there such a model or not. */
  allowsName(asked: string): boolean {
    return this.isOpen || this.levels.every(({ restrictions }) => allows(restrictions.models, asked));
  }

  /**
   * Whether what names no model may be sent there: a file of requests, say, each with a model of its own. Whoever restricts
   * models has to name the path too, and without a wildcard.
   */
  allowsUnnamedModel(path: string): boolean {
    return (
      this.isOpen ||
      this.levels.every(
        ({ restrictions: { models, endpoints } }) => models === null || endpoints?.includes(path) === true,
      )
    );
  }
}

/** Why the gateway does not start on what it is to keep things in: thrown at start alone, and told to a person. */
export class StorageRefused extends Error {
  /** Which storage it is, for a person, where that is not the file of the settings. */
  place: string | undefined;
}

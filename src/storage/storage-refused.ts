/** Why the gateway does not start on what it is to keep things in: thrown at start alone, and told to a person. */
export class StorageRefused extends Error {}

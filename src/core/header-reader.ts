/** The headers of a message, as far as anyone here asks: one by one, by name in lower case. */
export type HeaderReader = Pick<Headers, 'get' | 'has'>;

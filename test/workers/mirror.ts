/** A process that sends back what it hears: both ends of a channel in one test, with a real one between them. */
process.on('message', (message) => process.send?.(message));

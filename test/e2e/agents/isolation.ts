/** A network of its own for a command: loopback alone, where the system lets this user make one. */
const raise = 'ip link set lo up 2>/dev/null || ifconfig lo up || exit 1; exec "$@"';
/** The second is for those who are not root. */
const ways = [
  ['unshare', '--net'],
  ['unshare', '--map-root-user', '--net'],
].map((unshare) => [...unshare, '--', 'sh', '-c', raise, 'sh']);

/** What to put before a command; undefined where no such network can be made. */
export function isolation(): readonly string[] | undefined {
  if (Bun.which('unshare') === null) return undefined;
  return ways.find((way) => Bun.spawnSync([...way, 'true'], { stdout: 'ignore', stderr: 'ignore' }).success);
}

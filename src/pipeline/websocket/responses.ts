/** The way of a Responses session up to its first message: who asks is settled once more with each response. */
import { readSocketCredential } from '../../identity/socket-credential.ts';
import { admit } from '../authorize.ts';
import { CallContext, type InferenceEndpoint } from '../call-context.ts';
import { HeaderTemplates } from '../header-templates.ts';
import type { Pipeline, PipelineServices } from '../index.ts';
import { keep } from '../record-keeping.ts';
import { refusedReply } from '../refused-reply.ts';
import { gatewayHeaders } from '../response-headers.ts';
import type { SocketOpener } from './client-socket.ts';
import { connectionHeaders } from './response-request.ts';
import { ResponseSession } from './response-session.ts';
import { chosenProtocol } from './subprotocols.ts';

export function createResponseSockets(
  services: PipelineServices,
  pipeline: Pipeline,
  endpoint: InferenceEndpoint,
): SocketOpener {
  const { authenticate, body, stream, openCalls } = services;
  const templates = new HeaderTemplates();
  return async (upgrade) => {
    const { peer } = upgrade;
    // Each response is a call of its own; of the connection itself there is a record only when it is refused.
    const call = new CallContext(endpoint.path, endpoint.dialect.listen, peer, templates, (record) =>
      keep(services, record),
    );
    try {
      const { request } = peer;
      const credential = readSocketCredential(request.headers, request.url);
      // Asked now: later there is no request any more that could tell.
      const [isLocal, address] = [peer.isLocal(), peer.address()];
      await admit(authenticate, call, credential);
      const { origin, pathname } = new URL(request.url);
      const session = new ResponseSession({
        pipeline,
        endpoint,
        connection: {
          url: origin + pathname,
          headers: connectionHeaders(request.headers, credential),
        },
        origin: { isLocal: () => isLocal, address: () => address },
        body,
        stream,
        caller: call.caller,
        openCalls,
      });
      const headers = gatewayHeaders(call, '');
      headers.delete('content-type');
      headers.set('sec-websocket-protocol', chosenProtocol(request.headers));
      upgrade.accept(session, headers.toJSON());
      return undefined;
    } catch (thrown) {
      return await refusedReply(call, thrown);
    }
  };
}

import type { Certificate } from '../http/certificate/certificate.ts';
import type { ServerOptions } from '../startServer.ts';
import type { StartFlags } from './startFlags.ts';

/** What the flags say of the server itself, whatever it trains. */
export function serverOptionsOf(
  given: StartFlags,
  certificate: Certificate | undefined,
): Omit<ServerOptions, 'runs'> {
  const { publicUrl, joinCode } = given;
  return {
    runsDir: given.runsDir,
    dataDir: given.dataDir ?? '',
    host: given.host,
    port: given.port,
    ...(certificate && { certificate }),
    ...(publicUrl !== undefined && { publicUrl }),
    allowedHosts: given.allowHost ?? [],
    ...(joinCode !== undefined && { joinCode: joinCode === true ? '' : joinCode }),
    trustedProxies: Number(given.trustProxy ?? 0),
    allowsNames: given.names ?? false,
    acceptsLoss: given.acceptLoss ?? false,
    ...(given.tensorboard !== undefined && { tensorboard: given.tensorboard }),
  };
}

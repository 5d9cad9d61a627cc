import { readCertificate, type Certificate } from '../http/certificate/certificate.ts';
import { openOwnCertificate } from '../http/certificate/ownCertificate.ts';
import { externalAddresses } from '../http/lanAddress.ts';
import type { StartFlags } from './startFlags.ts';

/** None without a flag that asks for https. */
export async function chooseCertificate(flags: StartFlags): Promise<Certificate | undefined> {
  const { https, cert, key, runsDir, host } = flags;
  if (cert !== undefined && key !== undefined) return readCertificate(cert, key);
  if (cert !== undefined) throw new RangeError('--cert needs --key, the file of its private key');
  if (key !== undefined) throw new RangeError('--key needs --cert, the file of its certificate');
  if (!https) return undefined;
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const hosts = ['localhost', '127.0.0.1', '::1', ...(isEverywhere ? [] : [host]), ...externalAddresses()];
  return openOwnCertificate({ runsDir, hosts });
}

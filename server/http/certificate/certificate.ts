// The certificate that https shows, read from files that somebody hands in. Knows nothing of servers.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DataError } from '../../data/dataError.ts';

/** In PEM; `cert` may go on with the certificates between it and its authority's. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Reads both; throws DataError naming the file that cannot be served with, and why. */
export function readCertificate(certFile: string, keyFile: string): Certificate {
  const cert = readText(certFile);
  const key = readText(keyFile);
  const parsed = parsedOr(() => new X509Certificate(cert), `${certFile} must hold a certificate in PEM`);
  const privateKey = parsedOr(
    () => createPrivateKey(key),
    `${keyFile} must hold a private key in PEM, without a passphrase`,
  );
  if (!parsed.checkPrivateKey(privateKey))
    throw new DataError(`the key in ${keyFile} is not that of the certificate in ${certFile}`);
  if (Date.parse(parsed.validTo) < Date.now())
    throw new DataError(`the certificate in ${certFile} ran out on ${parsed.validTo}`);
  return { cert, key };
}

/** The names that it vouches for, `*.` ones as they are; addresses left out. */
export function namesOf({ cert }: Certificate): string[] {
  const { subjectAltName = '' } = new X509Certificate(cert);
  return [...subjectAltName.matchAll(/DNS:([^,\s"]+)/g)].map(([, name]) => name!);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DataError(
      code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read: ${message}`,
    );
  }
}

function parsedOr<T>(parse: () => T, expectation: string): T {
  try {
    return parse();
  } catch {
    throw new DataError(expectation);
  }
}

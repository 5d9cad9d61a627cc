// A certificate made on the spot and signed by itself. It is kept in the runs folder, so that a phone asks once whether
// to trust it, and made anew only when it runs out or this machine has an address that it does not cover.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Certificate } from './certificate.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Browsers of phones turn away certificates of more than 398 days. */
const VALID_DAYS = 390;
/** One that would run out within a lesson is not begun with. */
const LEAST_DAYS_LEFT = 7;
/** A phone's clock may be slow. */
const SLOW_CLOCK_DAYS = 1;

export interface OwnCertificateOptions {
  readonly runsDir: string;
  /** Host names and addresses that it must cover. */
  readonly hosts: readonly string[];
  readonly nowMs?: number;
}

/** The kept certificate, or a new one that covers `hosts` and what the kept one did. */
export async function openOwnCertificate(options: OwnCertificateOptions): Promise<Certificate> {
  const { runsDir, hosts, nowMs = Date.now() } = options;
  const certFile = join(runsDir, 'https.cert.pem');
  const keyFile = join(runsDir, 'https.key.pem');
  const kept = readKept(certFile, keyFile);
  if (kept && lasts(kept.parsed, nowMs) && hosts.every((host) => covers(kept.parsed, host)))
    return kept.certificate;

  const made = await makeCertificate([...new Set([...hosts, ...(kept?.hosts ?? [])])], nowMs);
  mkdirSync(runsDir, { recursive: true });
  writeFileSync(keyFile, made.key, { mode: 0o600 });
  writeFileSync(certFile, made.cert);
  return made;
}

interface Kept {
  readonly certificate: Certificate;
  readonly parsed: X509Certificate;
  readonly hosts: readonly string[];
}

/** Null where there is none that can be used: a new one mends that. */
function readKept(certFile: string, keyFile: string): Kept | null {
  if (!existsSync(certFile) || !existsSync(keyFile)) return null;
  try {
    const certificate = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    const parsed = new X509Certificate(certificate.cert);
    if (!parsed.checkPrivateKey(createPrivateKey(certificate.key))) return null;
    return { certificate, parsed, hosts: hostsOf(parsed) };
  } catch {
    return null;
  }
}

function lasts({ validTo }: X509Certificate, nowMs: number): boolean {
  return Date.parse(validTo) > nowMs + LEAST_DAYS_LEFT * DAY_MS;
}

function covers(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
}

/** Node lists them as `DNS:localhost, IP Address:127.0.0.1`. */
function hostsOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName
    .split(', ')
    .map((entry) => entry.slice(entry.indexOf(':') + 1))
    .filter((host) => host !== '');
}

async function makeCertificate(hosts: readonly string[], nowMs: number): Promise<Certificate> {
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'Minnow' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - SLOW_CLOCK_DAYS * DAY_MS),
    notAfterDate: new Date(nowMs + VALID_DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })),
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

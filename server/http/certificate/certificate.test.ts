// A certificate of our own is kept and covers what it must; one handed in is checked, and its file named in complaints.

import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCertificate } from './certificate.ts';
import { openOwnCertificate } from './ownCertificate.ts';

const HOSTS = ['localhost', '127.0.0.1', '192.168.1.20'];
const DAY_MS = 24 * 3600 * 1000;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-certificate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string): string {
  return join(folder, name);
}

describe('a certificate of our own', () => {
  it('covers every host, belongs to its key, and is for servers alone', async () => {
    const { cert } = await openOwnCertificate({ runsDir: folder, hosts: HOSTS });
    const parsed = new X509Certificate(cert);
    expect(parsed.checkHost('localhost')).toBe('localhost');
    expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(parsed.checkIP('192.168.1.20')).toBe('192.168.1.20');
    expect(parsed.checkIP('192.168.1.21')).toBeUndefined();
    expect(parsed.ca).toBe(false);
    expect(Date.parse(parsed.validTo) - Date.parse(parsed.validFrom)).toBeLessThanOrEqual(398 * DAY_MS);
    expect(statSync(join(folder, 'https.key.pem')).mode & 0o777).toBe(0o600);
    expect(() =>
      readCertificate(join(folder, 'https.cert.pem'), join(folder, 'https.key.pem')),
    ).not.toThrow();
  });

  it('stays the same while it covers the addresses, so that a phone asks once', async () => {
    const first = await openOwnCertificate({ runsDir: folder, hosts: HOSTS });
    const again = await openOwnCertificate({ runsDir: folder, hosts: HOSTS.slice(1) });
    expect(again).toEqual(first);
  });

  it('covers a new address beside the old ones, and is kept again when the old network is back', async () => {
    const home = await openOwnCertificate({ runsDir: folder, hosts: HOSTS });
    const school = await openOwnCertificate({ runsDir: folder, hosts: ['localhost', '10.0.0.7', '::1'] });
    expect(school.cert).not.toBe(home.cert);
    const parsed = new X509Certificate(school.cert);
    expect(parsed.checkIP('10.0.0.7')).toBe('10.0.0.7');
    expect(parsed.checkIP('192.168.1.20')).toBe('192.168.1.20');
    expect(await openOwnCertificate({ runsDir: folder, hosts: [...HOSTS, '::1'] })).toEqual(school);
  });

  it('is made anew before it runs out, and where the kept one is spoilt', async () => {
    const old = await openOwnCertificate({ runsDir: folder, hosts: HOSTS });
    const later = Date.parse(new X509Certificate(old.cert).validTo) - DAY_MS;
    const next = await openOwnCertificate({ runsDir: folder, hosts: HOSTS, nowMs: later });
    expect(next.cert).not.toBe(old.cert);
    writeFileSync(join(folder, 'https.cert.pem'), 'spoilt');
    const mended = await openOwnCertificate({ runsDir: folder, hosts: HOSTS });
    expect(new X509Certificate(mended.cert).checkHost('localhost')).toBe('localhost');
  });
});

describe('a certificate handed in', () => {
  beforeEach(async () => {
    const mine = await openOwnCertificate({ runsDir: join(folder, 'mine'), hosts: HOSTS });
    const other = await openOwnCertificate({ runsDir: join(folder, 'other'), hosts: HOSTS });
    const ranOut = await openOwnCertificate({ runsDir: join(folder, 'ranOut'), hosts: HOSTS, nowMs: DAY_MS });
    writeFileSync(file('cert.pem'), mine.cert);
    writeFileSync(file('key.pem'), mine.key);
    writeFileSync(file('other.pem'), other.key);
    writeFileSync(file('ranOut.cert.pem'), ranOut.cert);
    writeFileSync(file('ranOut.key.pem'), ranOut.key);
    writeFileSync(file('text.pem'), 'no certificate, no key');
  });

  it('is read as it is', async () => {
    const { cert, key } = await openOwnCertificate({ runsDir: join(folder, 'mine'), hosts: HOSTS });
    expect(readCertificate(file('cert.pem'), file('key.pem'))).toEqual({ cert, key });
  });

  it.each([
    ['gone.pem', 'key.pem', /there is no file .*gone\.pem/],
    ['cert.pem', 'gone.pem', /there is no file .*gone\.pem/],
    ['', 'key.pem', /cannot be read: EISDIR/],
    ['text.pem', 'key.pem', /text\.pem must hold a certificate in PEM/],
    ['cert.pem', 'text.pem', /text\.pem must hold a private key in PEM/],
    ['cert.pem', 'other.pem', /the key in .*other\.pem is not that of the certificate in .*cert\.pem/],
    ['ranOut.cert.pem', 'ranOut.key.pem', /the certificate in .*ranOut\.cert\.pem ran out on/],
  ])('of files "%s" and "%s" is refused by name', (cert, key, message) => {
    expect(() => readCertificate(file(cert), file(key))).toThrow(message);
    expect(() => readCertificate(file(cert), file(key))).toThrow(expect.objectContaining({ code: 'data' }));
  });
});

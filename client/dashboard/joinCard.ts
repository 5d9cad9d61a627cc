// Where devices join: the address as a QR code and as text, of each network that the server is on.

import { joinAddress } from '../../shared/joinAddress.ts';
import { build, element, write } from '../common/elements.ts';
import { accessTo } from './access.ts';
import type { DashboardWords } from './english.ts';
import { drawJoinCode } from './joinCode.ts';

export interface JoinCard {
  /** The first address is shown, the others are offered. */
  show(servers: readonly string[]): void;
}

export function openJoinCard({ join }: DashboardWords): JoinCard {
  const choice = element<HTMLSelectElement>('interface-choice');
  choice.addEventListener('change', () => showAddress(choice.value));

  function showAddress(url: string): void {
    element('qr').replaceChildren(drawJoinCode(url));
    const link = element<HTMLAnchorElement>('address');
    link.href = url;
    write(link, withoutScheme(url));
    const isLocal = /^https?:\/\/(127\.|localhost|\[::1\])/.test(url);
    write(element('join-note'), isLocal ? join.isLocal : join.scan);
  }

  return {
    show(servers) {
      const code = accessTo('code');
      const urls = servers.map((server) => joinAddress(server, code));
      choice.replaceChildren(...urls.map((url) => build('option', { value: url }, withoutScheme(url))));
      element('interface').hidden = urls.length < 2;
      showAddress(urls[0]!);
    },
  };
}

function withoutScheme(url: string): string {
  return url.replace(/^http:\/\//, '');
}

import type {Caller} from '../context.js';
import {maskUrls} from '../errors.js';

/** As the platform's. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Requests as the caller's environment wants them: through the proxies of `HTTP_PROXY` and `HTTPS_PROXY` but for the
 * hosts of `NO_PROXY` (in small letters first, as everybody reads them), else as the platform makes them. The
 * authorities of `NODE_EXTRA_CA_CERTS` count with Node itself.
 */
export function openFetch(environment: Caller['environment']): Fetch {
  const value = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const [httpProxy, httpsProxy, noProxy] = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].map(value);
  if (httpProxy === undefined && httpsProxy === undefined) return (url, init) => fetch(url, init);
  let opened: Promise<{readonly dispatcher: unknown; readonly fetch: Fetch}> | undefined;
  const open = async () => {
    const undici = await import('undici');
    const dispatcher = new undici.EnvHttpProxyAgent({
      // An empty text says "none", undefined would have it look into the process's environment.
      httpProxy: httpProxy ?? '',
      httpsProxy: httpsProxy ?? '',
      noProxy: noProxy ?? '',
      // What is not encrypted is asked for, not tunnelled: most proxies tunnel to port 443 only.
      proxyTunnel: false,
    });
    return {dispatcher, fetch: undici.fetch as unknown as Fetch};
  };
  return async (url, init = {}) => {
    opened ??= open();
    const {dispatcher, fetch: proxied} = await opened;
    return proxied(url, {...init, dispatcher} as RequestInit);
  };
}

/** Why a request failed: the reason behind `fetch failed`. */
export function whyFailed(error: unknown): string {
  const {message, cause} = error as {
    readonly message: string;
    readonly cause?: {readonly message?: string; readonly code?: string};
  };
  return maskUrls(cause?.message || cause?.code || message);
}

/** What an answer says, in one line: its status, and the text without markup. */
export function answerText(
  {status, statusText}: Pick<Response, 'status' | 'statusText'>,
  text: string,
): string {
  const line = text
    .replace(/<(style|script)\b[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
  return [`${status} ${statusText}`.trim(), line].filter(Boolean).join(': ');
}

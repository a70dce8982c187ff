import type {Fix, HostName} from './finding.js';

/** The lines that make each host send headers for a folder. @param path begins and ends with a slash: `/blobs/` */
export function headerFix(advice: string, path: string, headers: Record<string, string>): Fix {
  const entries = Object.entries(headers);
  const lines = (line: (name: string, value: string) => string) => entries.map(([name, value]) => line(name, value));
  const underscore = [`${path}*`, ...lines((name, value) => `  ${name}: ${value}`)].join('\n');
  const json = lines((key, value) => JSON.stringify({key, value})).join(', ');
  const hosts: Record<HostName, string> = {
    nginx: `location ${path} {  # in it repeat every other add_header too: nginx inherits none once there is one\n${lines((name, value) => `  add_header ${name} ${quoted(value)} always;`).join('\n')}\n}`,
    apache: `<Location "${path}">  # a2enmod headers\n${lines((name, value) => `  Header always set ${name} ${quoted(value)}`).join('\n')}\n</Location>`,
    'cloudflare-pages': `# _headers\n${underscore}`,
    'cloudflare-r2': `Rules > Transform Rules > Modify Response Header, for URI path ${path}*: ${lines((name, value) => `set ${name} to ${value}`).join('; ')}`,
    's3-cloudfront': `CloudFront > Policies > Response headers, attached to the behaviour ${path}*: ${lines((name, value) => `${name}: ${value}`).join('; ')} (override origin: yes)`,
    netlify: `# _headers\n${underscore}`,
    vercel: `// vercel.json\n{"headers": [{"source": "${path}(.*)", "headers": [${json}]}]}`,
    'github-pages': 'GitHub Pages sends headers of its own only; put a CDN in front, or take another host',
    firebase: `// firebase.json\n{"hosting": {"headers": [{"source": "${path}**", "headers": [${json}]}]}}`,
    'kedge-serve': 'kedge serve sends it: is a proxy in between that changes it?',
  };
  return {advice, hosts};
}

const quoted = (value: string) => `"${value.replaceAll('"', '\\"')}"`;

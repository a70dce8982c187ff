/** Markup that is safe to show as it is. Only `html` makes it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | null | undefined | false | readonly Value[];

const entities: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};

function show(value: Value): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object' && value !== null) return value.map(show).join('');
  if (value === null || value === undefined || value === false) return '';
  return String(value)
    .replace(/ (?=%|ms\b)/g, '\u00a0')
    .replace(/[&<>"']/g, character => entities[character]!);
}

/** Template tag: what is put in is escaped, unless it is `Html` itself. Null and false show nothing, lists are joined. */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(strings.reduce((text, part, i) => text + show(values[i - 1]) + part));
}

/** What `$text` asks for: words, phrases and what must not occur. */
export interface TextQuery {
  readonly search: string;
  readonly language: string | null;
  readonly caseSensitive: boolean;
  readonly diacriticSensitive: boolean;
}

import { setMetadata } from '../../aggregation/index.ts';
import { decode } from '../../bson/codec.ts';
import type { Document, RawDocument } from '../../bson/values.ts';
import type { CompiledTextQuery } from '../../query/text.ts';
import { BREATHE, type RowFilter, type Rows, type Run, Stage } from '../rows.ts';

/** Keeps the documents that meet a text search and the rest of the filter, with their scores. */
export class TextMatch extends Stage {
  readonly name = 'TEXT_MATCH';
  readonly #text: CompiledTextQuery;
  readonly #filter: RowFilter;
  readonly #indexName: string;
  readonly #search: string;

  constructor(
    input: Stage,
    options: { text: CompiledTextQuery; filter: RowFilter; indexName: string; search: string },
  ) {
    super([input]);
    this.#text = options.text;
    this.#filter = options.filter;
    this.#indexName = options.indexName;
    this.#search = options.search;
  }

  *rows(run: Run): Rows {
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      if (row === BREATHE) {
        yield row;
        continue;
      }
      const document = decode(row.raw as RawDocument);
      if (!this.#filter.matches(document)) continue;
      row.textScore = this.#text.score(document);
      setMetadata(document, { textScore: row.textScore });
      row.document = document;
      this.counters.advanced += 1;
      yield row;
    }
    this.finished = true;
  }

  describe(): Document {
    return {
      indexPrefix: {},
      indexName: this.#indexName,
      parsedTextQuery: {
        terms: [...this.#text.terms],
        negatedTerms: [...this.#text.negatedTerms],
        phrases: [...this.#text.phrases],
        negatedPhrases: [...this.#text.negatedPhrases],
      },
      search: this.#search,
      textIndexVersion: 3,
    };
  }
}

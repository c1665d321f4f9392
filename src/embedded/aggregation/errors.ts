import { MongoError } from '../errors.ts';

/** Codes that MongoDB names and that only expressions and stages answer with. */
const codes = { ConversionFailure: 241, ExceededMemoryLimit: 146, SearchNotEnabled: 31082 } as const;

export class AggregationError extends MongoError {
  override readonly codeName: string;

  constructor(name: keyof typeof codes, message: string) {
    super(codes[name], message);
    this.codeName = name;
  }
}
